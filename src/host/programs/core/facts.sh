# What one look at a host tells: the machine, its tools, and where an app stands.
# A known_manifest of * asks for none.
# Invariant: reads only; nothing on the host changes, not even a temporary file.
# shellcheck shell=sh
p_user='' p_unit='' p_known_manifest=''

# tool NAME [ARG…]: the first line of its version, `present` where nobody judges that, nothing when it is missing.
tool() {
  command -v "$1" >/dev/null || return 0
  [ $# -gt 1 ] || { say tool "$1 present"; return; }
  tool_line=$("$@" 2>&1 </dev/null)
  say tool "$1 ${tool_line%%"$nl"*}"
}

machine() {
  [ -r /etc/machine-id ] && read -r line </etc/machine-id && say machine_id "$line"
  read -r line </proc/sys/kernel/osrelease && say kernel "$line"
  field /etc/os-release PRETTY_NAME
  say os "$field_value"
  read -r line _ </proc/uptime && say uptime "$line"
  say clock "$(date +%s.%N)"
  [ -r "$state/schema" ] && read -r line <"$state/schema" && say schema "$line"
}

tools() {
  tool systemctl --version
  for name in rsync mv cp sync find sha256sum setpriv; do tool "$name" --version; done
  for name in curl sudo tailscale systemd-run; do tool "$name"; done
}

# disk: of the nearest existing folder on the way to the app's path.
disk() {
  at=$p_path
  while [ ! -d "${at:=/}" ]; do at=${at%/*}; done
  at=$(cd -P -- "$at" && pwd -P)
  say disk "$(stat -f -c '%S %b %a %c %d %T' -- "$at") $at"
  [ -w "$at" ] || say disk_read_only 1
}

target() {
  [ -r "$app_dir/path" ] && read -r line <"$app_dir/path" && say target_path "$line"
  holds_anything
  if [ -e "$p_path/.ops" ]; then
    field "$p_path/.ops" app
    say target "marked $field_value"
  elif [ -n "$anything" ] || { [ -e "$p_path" ] && [ ! -d "$p_path" ]; }; then
    say target foreign
  else
    say target none
  fi
}

current() {
  if link=$(readlink -- "$p_path/current"); then
    say current "$link"
    [ -d "$p_path/current/" ] || say current_broken 1
  elif [ -e "$p_path/current" ]; then
    say current_not_a_link 1
  fi
}

releases() {
  current_id='' current_units=''
  for dir in "$app_dir"/releases/*/; do
    [ -f "$dir/meta" ] || continue
    dir=${dir%/} id=${dir##*/}
    say release "id=$id"
    say_lines release <"$dir/meta"
    read -r line <"$dir/state" && say release "state=$line"
    units_of=''
    [ ! -r "$dir/spec" ] || while read -r key value rest; do
      case $key in
        stable_ms) say release "stable_ms=$value" ;;
        service) say release "service=$rest" && units_of="$units_of $rest" ;;
      esac
    done <"$dir/spec"
    field "$dir/meta" link
    [ -d "$p_path/${field_value:-releases/$id}" ] || [ -d "${field_value:-/-}" ] && say release present=1
    [ "${field_value:-releases/$id}" = "${link:-}" ] && current_id=$id current_units=$units_of && field "$dir/meta" digest && current_digest=$field_value
    say release ''
  done
  say current_release "$current_id"
  # Trees with the name of a release that nothing here knows: forgotten ones stay. Their names are taken all the same.
  for dir in "$p_path"/releases/[0-9]*-[0-9]*-*; do
    [ -e "$dir" ] || [ -L "$dir" ] || continue
    [ -f "$app_dir/releases/${dir##*/}/meta" ] || say stray "${dir##*/}"
  done
}

# manifest: of the current release, unless the operator knows it, in pieces of about 8 KB that are to be joined. Comes last
# and alone: pieces are longer than what a pipe takes in one write. A tab is its only control character.
manifest() {
  [ -n "$current_id" ] && [ -f "$app_dir/releases/$current_id/manifest" ] || return 0
  case $nl$p_known_manifest$nl in *"$nl$current_digest$nl"* | *"$nl*$nl"*) return 0 ;; esac
  prefix="@$nonce manifest " awk '
    { gsub(/\t/, "\\x09"); text = text $0 "\\x0a" }
    length(text) > 8000 { print ENVIRON["prefix"] text; text = "" }
    END { if (text != "") print ENVIRON["prefix"] text }' "$app_dir/releases/$current_id/manifest"
}

# run_facts RUN ALIVE: what a run left: who and since when, how far it came, and its record.
run_facts() {
  [ -d "$app_dir/runs/$1" ] || return 0
  say run "run=$1"
  say run "alive=$2"
  [ -r "$app_dir/runs/$1/intent" ] && say_lines run <"$app_dir/runs/$1/intent"
  phase_of "$app_dir/runs/$1"
  say run "phase=$phase"
  field "$app_dir/runs/$1/before" release
  say run "before=$field_value"
  if [ -r "$app_dir/runs/$1/record" ]; then
    while IFS= read -r line && [ "$line" != end ]; do say run "record=$line"; done <"$app_dir/runs/$1/record"
  fi
  say run ''
}

runs() {
  holder || say lock_unread "$unread"
  last=$(readlink -- "$app_dir/last") && last=${last##*/}
  say last_run "$last"
  [ -n "$held" ] && run_facts "$held" 1
  [ -n "$last" ] && [ "$last" != "$held" ] && run_facts "$last" 0
  for dir in "$p_path"/releases/.partial-*/; do
    [ -d "$dir" ] || continue
    dir=${dir%/}
    say leftover "${dir##*/}"
    run=${dir##*/.partial-}
    [ "$run" = "$held" ] || [ "$run" = "$last" ] || run_facts "$run" 0
  done
}

units() {
  # shellcheck disable=SC2086 # unit names have no blanks
  units_digest $p_unit
  say units_digest "$digest"
  [ ! -s "$app_dir/created" ] || say_lines created <"$app_dir/created"
  # shellcheck disable=SC2086
  set -- $p_unit $p_foreign
  # What serves may have other services than ops.yaml has today.
  for unit in $current_units; do
    case " $* " in *" $unit "*) ;; *) set -- "$@" "$unit" ;; esac
  done
  [ $# -gt 0 ] || return 0
  if seen=$(sctl show -p Id,Type,LoadState,ActiveState,SubState,NRestarts,MainPID,InvocationID,ActiveEnterTimestampMonotonic,Result,UnitFileState,FragmentPath,RestartUSec -- "$@" 2>&1); then
    printf '%s\n' "$seen" | say_lines unit
  else
    say units_unread "$seen"
  fi
}

params
seams
current_id=''
# Each answer line is one write: what runs side by side does not mix within a line.
who &
tools &
machine
if [ -n "$p_app" ]; then
  say user_uid "$(id -u -- "$p_user" 2>/dev/null)"
  disk
  target
  current
  releases
  runs
  units
fi
wait
manifest
exit 0
