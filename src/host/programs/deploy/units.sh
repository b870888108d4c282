# The files of an app outside its tree: unit files, drop-ins and the env file.
# shellcheck shell=sh

p_foreign='' p_gone='' services=''

drop_in() { dropin=$unit_dir/$1.d/50-ops-$p_app.conf; }

# units_digest UNIT…: one digest over those that exist for these units, names and contents: the fence. `-` for none.
# Of a foreign unit, one that was on the host before us, only our drop-in counts.
units_digest() {
  files=''
  [ -f "$env_dir/$p_app.env" ] && files=$env_dir/$p_app.env$nl
  for unit do
    drop_in "$unit"
    [ -f "$unit_dir/$unit" ] && files=$files$unit_dir/$unit$nl
    [ -f "$dropin" ] && files=$files$dropin$nl
  done
  for unit in $p_foreign; do
    drop_in "$unit"
    [ -f "$dropin" ] && files=$files$dropin$nl
  done
  digest=-
  [ -z "$files" ] || digest=$(printf '%s' "$files" | sort | tr '\n' '\0' | xargs -0 sha256sum | sha256sum)
  digest=${digest%% *}
}

# may_write UNITFILE: may we write it to its place? When we made what is there, it was adopted, or systemd knows no unit of that
# name, from a package, a template or an init script neither. Else $taken is what has the name. Facts tell the same, so that no
# plan comes to be refused here.
may_write() {
  unit=${1##*/} dst=$unit_dir/${1##*/} taken=''
  grep -qsxF -e "$dst" "$app_dir/created" || [ -e "$app_dir/adopted/$unit" ] && return 0
  if [ -e "$dst" ] || [ -L "$dst" ]; then
    taken=$dst
  else
    taken=$(sctl show -p FragmentPath --value -- "$unit" 2>/dev/null)
  fi
  [ -z "$taken" ]
}

# place SRC DST MODE: DST becomes SRC. What we create where nothing was is remembered as ours before it is there.
place() {
  wanted=$wanted$2$nl
  cmp -s "$1" "$2" && [ "$(stat -L -c %a -- "$2")" = "$3" ] && return 0
  try put_in_place "$@" || { said="cannot write $2$reason"; return 1; }
}

put_in_place() {
  : >"$app_dir/installing" || return 1
  if [ ! -e "$2" ]; then
    printf '%s\n' "$2" | append "$app_dir/created" && sync "$app_dir/created" || return 1
  fi
  mkdir -p "${2%/*}" && put "$2" "$3" <"$1"
}

append() { cat >>"$1"; }

# install_files REL: the host has exactly the files of this release, and systemd knows them.
# Invariant: `installing` is there from the first change until systemd has read the last one, so that an interrupted
# install is finished by the next, though no file differs any more.
# False, and what could not be done in $said.
install_files() {
  wanted=$nl said='' fresh=' '
  for file in "$1"/units/*; do
    [ ! -f "$file" ] || cmp -s "$file" "$unit_dir/${file##*/}" || fresh="$fresh${file##*/} "
  done
  [ ! -f "$1/env" ] || place "$1/env" "$env_dir/$p_app.env" 600 || return 1
  for file in "$1"/units/*; do
    [ ! -f "$file" ] || place "$file" "$unit_dir/${file##*/}" 644 || return 1
  done
  for file in "$1"/dropins/*; do
    drop_in "${file##*/}"
    [ ! -f "$file" ] || place "$file" "$dropin" 644 || return 1
  done
  remove_created "$wanted" || return 1
  # A drop-in of somebody else that waits for a reload would change the service at the next one.
  # shellcheck disable=SC2086
  case $(sctl show -p NeedDaemonReload --value -- $services) in *yes*) : >"$app_dir/installing" ;; esac
  [ ! -e "$app_dir/installing" ] || said=$(sctl daemon-reload 2>&1) || return 1
  # Asked each time: somebody may have disabled it, and the next reboot would leave it out. What starts it may have changed, too.
  for file in "$1"/units/*; do
    [ -f "$file" ] || continue
    enabled=enable
    case $fresh in *" ${file##*/} "*) enabled=reenable ;; esac
    if ! grep -qs '^\[Install\]' "$file"; then
      [ "$enabled" = enable ] || sctl disable --quiet -- "${file##*/}" 2>/dev/null
    elif [ "$enabled" = reenable ] || ! sctl is-enabled --quiet -- "${file##*/}"; then
      said=$(sctl "$enabled" --quiet -- "${file##*/}" 2>&1) || return 1
    fi
  done
  rm -f "$app_dir/installing"
}

# remove_created KEEP: files that we made and that KEEP (one a line) does not name go; their units are stopped first. On the way
# forward one goes only when the plan said so: it came after the plan, or ops.yaml names it again.
remove_created() {
  [ -s "$app_dir/created" ] || return 0
  keep=$1 removed=''
  while IFS= read -r file; do
    case $keep in *"$nl$file$nl"*) continue ;; esac
    unit=''
    case $file in "$unit_dir"/*.d/*) ;; "$unit_dir"/*) unit=${file##*/} ;; esac
    is_gone "${unit:-$file}" || { keep=$keep$file$nl; continue; }
    : >"$app_dir/installing"
    [ -z "$unit" ] || end_unit "$unit"
    removed=1
    try rm -f -- "$file" || { said="cannot remove $file$reason"; return 1; }
    case $file in "$unit_dir"/*.d/*) rmdir "${file%/*}" 2>/dev/null ;; esac
  done <"$app_dir/created"
  [ -z "$removed" ] || printf '%s' "${keep#"$nl"}" | grep -xF -f "$app_dir/created" | put "$app_dir/created" 644
}

# is_gone UNIT|FILE: the plan names it among those to remove. Whoever goes back takes all away that came with a release.
is_gone() {
  [ -z "$going_back" ] || return 0
  case $nl$p_gone$nl in *"$nl$1$nl"*) return 0 ;; esac
  return 1
}
