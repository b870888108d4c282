# Where the apps of a host stand.
# A known_manifest of * asks for none.
# Invariant: reads only.
# shellcheck shell=sh
p_apps='' p_unit='' p_known_manifest='' p_shared='' p_started='' p_name='' p_port=''
# Where systemd looks for a program that is named without a path.
search='/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin'

# facts_apps: of each `ID PATH USER` in $p_apps. Whatever else is asked of an app comes as `ID WORD`. Of these words only the names
# of shared folders have blanks.
facts_apps() {
  set -f
  # shellcheck disable=SC2086
  set -- $p_apps
  set +f
  all_units=$p_unit all_foreign=$p_foreign
  while [ $# -gt 2 ]; do
    p_app=$1 p_path=$2 about=$1/
    scope "$1"
    of_app "$all_foreign"
    p_foreign=$units
    of_app "$all_units"
    say "${about}user_uid" "$(id -u -- "$3" 2>/dev/null)"
    folders
    unsafe
    access "$3"
    programs
    names &
    target
    current
    releases
    shared
    runs
    # shellcheck disable=SC2086
    units $units
    installed
    edited &
    proof &
    shift 3
  done
}

# of_app LINES: the units among them that are those of the app, into $units.
of_app() {
  units=''
  # shellcheck disable=SC2086
  set -- $1
  while [ $# -gt 1 ]; do
    [ "$1" != "$p_app" ] || units="$units $2"
    shift 2
  done
}

# folders: for all that a deploy writes the nearest folder that exists, what its file system has left, and whether anything can be
# made in it. find is asked for that: some shells take root for almighty, where everything is read-only too.
folders() {
  set --
  for place in "app $p_path" "releases $p_path/releases" "state $app_dir" "units $unit_dir" "env $env_dir"; do
    at=${place#* }
    while [ ! -d "${at:=/}" ]; do at=${at%/*}; done
    say "${about}folder" "${place%% *} $at"
    set -- "$@" "$at"
  done
  stat -f -c '%S %b %a %c %d %T %n' -- "$@" 2>/dev/null | say_lines "${about}disk"
  find -L "$@" -maxdepth 0 ! -writable -printf '%p\n' 2>/dev/null | sort -u | while IFS= read -r at; do
    case ,$(findmnt -nro OPTIONS -T "$at" 2>/dev/null), in
      *,ro,*) say "${about}read_only" "$at" ;;
      *) say "${about}unwritable" "$at" ;;
    esac
  done
}

# unsafe: what others could bend of the way to what a deploy writes: the first folder, and `releases` as well. With its owner, and
# whether it is a link.
unsafe() {
  guarded "$p_path" || tell_unsafe "$open_at"
  at=$p_path/releases
  [ ! -L "$at" ] && { [ ! -e "$at" ] || is_ours "$at"; } || tell_unsafe "$at"
}

tell_unsafe() {
  kind=folder
  [ ! -L "$1" ] || kind='link'
  say "${about}unsafe" "$(stat -c '%U %u:%g %a' -- "$1") $kind $1"
}

# access USER: the groups of its account, and shared folders that it cannot write to, with their owner. Root may all, and without
# privilege the login is the account.
access() {
  user=$1
  [ "$p_privilege" != none ] && [ "$(id -u -- "$user" 2>/dev/null || echo 0)" -ne 0 ] || return 0
  say "${about}user_groups" "$(id -G -- "$user")"
  printf '%s\n' "$p_shared" | while IFS=' ' read -r id name; do
    at=$p_path/shared/$name
    [ "$id" = "$p_app" ] && [ -d "$at" ] || continue
    as_user test -w "$at" || say "${about}shut" "$(stat -c %U -- "$at") $at"
  done
}

# programs: those that the app is started with, and that are not there.
programs() {
  printf '%s\n' "$p_started" | while read -r id word; do
    [ "$id" != "$p_app" ] || is_there "$word" || say "${about}lacks" "$word"
  done
}

is_there() {
  case $1 in /*) [ -x "$1" ]; return ;; esac
  for dir in $search; do [ ! -x "$dir/$1" ] || return 0; done
  return 1
}

# names: those that it will be asked to reach, and where nobody here knows where they are.
names() {
  printf '%s\n' "$p_name" | while read -r id name; do
    [ "$id" != "$p_app" ] || locate "$name" || say "${about}unresolved" "$name"
  done
}

target() {
  [ -r "$app_dir/path" ] && read -r line <"$app_dir/path" && say "${about}target_path" "$line"
  holds_anything
  mark_in "$p_path"
  if [ -n "$marked" ]; then
    say "${about}target" "marked $marked"
  elif [ -n "$anything" ] || { [ -e "$p_path" ] && [ ! -d "$p_path" ]; }; then
    say "${about}target" foreign
  else
    say "${about}target" none
  fi
}

current() {
  if link=$(readlink -- "$p_path/current"); then
    say "${about}current" "$link"
    [ -d "$p_path/current/" ] || say "${about}current_broken" 1
  elif [ -e "$p_path/current" ]; then
    say "${about}current_not_a_link" 1
  fi
}

# releases: all of them. The manifest of the current one is sent, too, unless the operator knows it.
releases() {
  current_id='' current_units='' current_digest=''
  for dir in "$app_dir"/releases/*/; do
    [ -f "$dir/meta" ] || continue
    dir=${dir%/} id=${dir##*/}
    say "${about}release" "id=$id"
    say_lines "${about}release" <"$dir/meta"
    read -r line <"$dir/state" && say "${about}release" "state=$line"
    units_of=''
    [ ! -r "$dir/spec" ] || while read -r key value rest; do
      case $key in
        stable_ms) say "${about}release" "stable_ms=$value" ;;
        service) say "${about}release" "service=$rest" && units_of="$units_of $rest" ;;
        probe | ask) say "${about}release" "probe=$key $value $rest" ;;
      esac
    done <"$dir/spec"
    field "$dir/meta" link
    [ -d "$p_path/${field_value:-releases/$id}" ] || [ -d "${field_value:-/-}" ] && say "${about}release" present=1
    [ ! -f "$dir/env" ] || say "${about}release" env=1
    if [ "${field_value:-releases/$id}" = "${link:-}" ]; then
      current_id=$id current_units=$units_of
      field "$dir/meta" digest
      current_digest=$field_value
      [ ! -r "$dir/spec" ] || say_lines "${about}current_spec" <"$dir/spec"
    fi
    kept "$dir"
    say "${about}release" ''
  done
  say "${about}current_release" "$current_id"
  case $nl$p_known_manifest$nl in
    *"$nl$current_digest$nl"* | *"$nl*$nl"*) ;;
    *)
      manifest=$app_dir/releases/$current_id/manifest
      [ -z "$current_id" ] || [ ! -f "$manifest" ] || later "${about}manifest" "$manifest"
      ;;
  esac
  # Trees with the name of a release that nothing here knows: forgotten ones stay. Their names are taken all the same.
  for dir in "$p_path"/releases/[0-9]*-[0-9]*-*; do
    [ -e "$dir" ] || [ -L "$dir" ] || continue
    [ -f "$app_dir/releases/${dir##*/}/meta" ] || say "${about}stray" "${dir##*/}"
  done
}

# shared: of each path whether it is there; if not, whether what somebody else put at the app's path has something in its place.
shared() {
  tree=$p_path/current
  [ -e "$tree" ] || tree=$p_path
  while read -r of name; do
    [ "$of" = "$p_app" ] || continue
    seen=none
    if [ -e "$p_path/shared/$name" ] || [ -L "$p_path/shared/$name" ]; then
      seen=there
    elif [ -z "$marked" ] && { [ -f "$tree/$name" ] || [ -n "$(find "$tree/$name/" -mindepth 1 -print -quit 2>/dev/null)" ]; }; then
      seen=elsewhere
    fi
    say "${about}shared" "$seen $name"
  done <<LINES
$p_shared
LINES
}

# runs: the last ones, and those that made a partial tree.
runs() {
  last_runs "$app_dir/last"
  for dir in "$p_path"/releases/.partial-*/; do
    [ -d "$dir" ] || continue
    dir=${dir%/}
    say "${about}leftover" "${dir##*/}"
    run=${dir##*/.partial-}
    [ "$run" = "$held" ] || [ "$run" = "$last" ] || run_facts "$run" 0
  done
}

# proof: why nobody could say now that what runs is the current release, where a transaction would look, too. A unit that is not up
# speaks for itself.
proof() {
  [ -n "$current_id" ] && [ -f "$app_dir/releases/$current_id/spec" ] || return 0
  evidence() { :; }
  # It was proven: whether a process is older than a restart is no question any more.
  going_back=1 chosen=$app_dir/releases/$current_id
  spec "$chosen"
  [ -n "$services" ] || return 0
  snapshot
  judge
  if [ "$verdict" = up ]; then
    prove "$current_id"
    case $unproved/$p_ours in /?*) answers ;; esac
  elif [ "$bad_code" = unit-crash-loop ]; then
    unproved="$bad_unit $bad_why"
  fi
  [ -z "$unproved" ] || say "${about}current_unproved" "$unproved"
}

# answers: what the host's own probes say now, each asked once; the first that is not as it should be. A release that hangs is
# not to keep out the one that mends it: no answer is waited for longer than 5 s, and none is asked after 10 s.
answers() {
  hundredths
  until=$((now + 1000))
  while IFS= read -r line; do
    case $line in probe\ *) ;; *) continue ;; esac
    hundredths
    [ "$now" -lt "$until" ] || return 0
    question "$line"
    [ "$timeout" -le 5000 ] || timeout=5000
    "probe_$kind" || { unproved="probe $id: $target: $observed" && return; }
  done <"$chosen/spec"
}

# ports UNIT…: those where ops.yaml will have a probe ask and that are held by others than these units, or the one it goes through.
ports() {
  case $nl$p_port in *"$nl$p_app "*) ;; *) return 0 ;; esac
  processes "$(sctl show -p Id,ControlGroup -- "$@" | awk -F= '
    /^Id=/ { id = $2 } /^ControlGroup=/ { group = $2 } /^$/ { print id, group } END { print id, group }')"
  printf '%s\n' "$p_port" | while read -r id port target through; do
    [ "$id" = "$p_app" ] || continue
    holders_with "$through"
    sockets_at "$target" "$port"
    [ -n "$sockets" ] && stranger "$holders" && say "${about}held_port" "$port $owner"
  done
}

# units UNIT…: those that ops.yaml has, and how they are.
units() {
  units_digest "$@"
  say "${about}units_digest" "$digest"
  [ ! -s "$app_dir/created" ] || say_lines "${about}created" <"$app_dir/created"
  for own do may_write "$own" || say "${about}taken" "$own $taken"; done
  # shellcheck disable=SC2086
  set -- "$@" $p_foreign
  # What serves may have other services than ops.yaml has today.
  for unit in $current_units; do
    case " $* " in *" $unit "*) ;; *) set -- "$@" "$unit" ;; esac
  done
  ports "$@" &
  [ $# -gt 0 ] || return 0
  if seen=$(sctl show -p Id,Names,Type,LoadState,ActiveState,SubState,NRestarts,MainPID,InvocationID,ActiveEnterTimestampMonotonic,Result,UnitFileState,FragmentPath,RestartUSec -- "$@" 2>&1); then
    printf '%s\n' "$seen" | say_lines "${about}unit"
  else
    say "${about}units_unread" "$seen"
  fi
}
