# Whose a path is. Whoever may change a folder on the way of a path puts a link there, and what root makes, gives away or removes at
# its end is somewhere else. So root writes only where the whole way is guarded; below a folder of the app's account only that account
# does (as_user).
# Invariant: reads only.
# shellcheck shell=sh
open_at=''

# is_closed UID GID MODE: root's, or without privilege the login's own, and for nobody else to write.
is_closed() {
  case $1 in 0 | "$me") ;; *) return 1 ;; esac
  case $3 in *[2367]) return 1 ;; *[2367]?) has_own_group "$2" ;; esac
}

# is_ours PATH: is it closed? The mode of a link, which all have, means nothing.
is_ours() {
  # shellcheck disable=SC2046 # its words
  set -- "$1" $(stat -c '%u %g %a' -- "$1" 2>/dev/null)
  [ $# -eq 4 ] || return 1
  [ ! -L "$1" ] || set -- "$1" "$2" "$3" 0
  is_closed "$2" "$3" "$4"
}

# has_own_group GID: without privilege the group of the login alone, with which many systems make all of its folders.
has_own_group() {
  [ "$p_privilege" = none ] || return 1
  guard_name=$(id -un)
  case $(getent group "$1") in "$guard_name:"*":$1:") ;; *) return 1 ;; esac
}

# is_plain PATH: are all folders on its way ours, and none of them a link? Most are, and one look at all of them is enough.
is_plain() {
  case $1 in */./* | */../* | */.. | */.) return 1 ;; esac
  guard_at='' guard_ahead=${1#/}/
  set -- /
  while [ -n "$guard_ahead" ]; do
    guard_at=$guard_at/${guard_ahead%%/*} guard_ahead=${guard_ahead#*/}
    set -- "$@" "$guard_at"
  done
  while read -r guard_uid guard_gid guard_mode guard_kind; do
    [ "$guard_kind" = directory ] && is_closed "$guard_uid" "$guard_gid" "$guard_mode" || return 1
  done <<WAY
$(stat -c '%u %g %a %F' -- "$@" 2>/dev/null)
WAY
}

# guarded PATH: can nobody else change what it leads to? Every folder on its way, as far as it is there, is ours, and so are links
# that it goes through. Else $open_at is the first that is not.
guarded() {
  ! is_plain "$1" || { open_at=''; return; }
  guard_at='' guard_ahead=$1/ guard_links=40 open_at=/
  is_ours / || return 1
  while [ -n "$guard_ahead" ]; do
    guard_name=${guard_ahead%%/*} guard_ahead=${guard_ahead#*/}
    case $guard_name in '' | .) continue ;; ..) guard_at=${guard_at%/*} && continue ;; esac
    open_at=$guard_at/$guard_name
    [ -e "$open_at" ] || [ -L "$open_at" ] || break
    is_ours "$open_at" || return 1
    if [ -L "$open_at" ]; then
      guard_links=$((guard_links - 1))
      [ "$guard_links" -gt 0 ] || return 1
      guard_name=$(readlink -- "$open_at")
      case $guard_name in /*) guard_at='' ;; esac
      guard_ahead=$guard_name/$guard_ahead
    else
      guard_at=$open_at
    fi
  done
  open_at=''
}

# place_guarded: the same of the folder of the app and of its releases, which lie in it and nowhere else.
place_guarded() {
  guarded "$p_path/releases" || return 1
  [ -L "$p_path/releases" ] || return 0
  open_at=$p_path/releases
  return 1
}

# whose_open: whose $open_at is, in words.
whose_open() {
  if [ -L "$open_at" ]; then printf '%s is a link of %s' "$open_at" "$(stat -c %U -- "$open_at")"
  else stat -c '%n belongs to %U, mode %a' -- "$open_at"; fi
}

# mark_in FOLDER: whose mark is in it, into $marked; '' for none. What others have put there marks nothing.
mark_in() {
  marked=''
  [ -f "$1/.ops" ] && [ ! -L "$1/.ops" ] && is_ours "$1/.ops" || return 0
  field "$1/.ops" app
  marked=$field_value
}
