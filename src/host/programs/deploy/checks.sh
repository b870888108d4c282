# Can a release run at all? Asked before anything that serves is touched.
# shellcheck shell=sh
# Seconds that one check may run; the limit of the whole run counts with it.
check_limit=300

# before_swap: can this release run at all?
before_swap() {
  phase check
  spec "$rel"
  try as_user ls -d -- "$tree/." || because user-cannot-read "$user cannot enter $tree$reason" || return 1
  for file in "$rel"/units/*; do
    [ ! -f "$file" ] || { may_write "$file" || because unit-foreign "$taken was not made by ops" && as_new "$file"; } || return 1
  done
  for file in "$rel"/units/*; do
    [ ! -f "$file" ] || cmp -s "$file" "$unit_dir/${file##*/}" || check_unit "${file##*/}" || return 1
  done
  for unit in $services; do
    can_start "$unit" || return 1
  done
  [ "$p_mode" = deploy ] || return 0
  while read -r key rest; do
    [ "$key" != check ] || run_check "$rest" || return 1
  done <"$rel/spec"
}

# as_new FILE: the unit with `current` read as the new tree, beside the other units of the release: one may need another.
as_new() { try rewrite "$1" || because state-unwritable "cannot write $run_dir/work/verify$reason"; }

rewrite() {
  mkdir -p "$run_dir/work/verify" && from=$p_path/current to=$tree awk '
    { out = ""
      while ((at = index($0, ENVIRON["from"])) > 0) {
        out = out substr($0, 1, at - 1) ENVIRON["to"]; $0 = substr($0, at + length(ENVIRON["from"])) }
      print out $0 }' "$1" >"$run_dir/work/verify/${1##*/}"
}

# check_unit UNIT: what systemd itself thinks of it.
check_unit() {
  said=$(systemd-analyze "$manager" --man=no verify "$run_dir/work/verify/$1" 2>&1) && return 0
  # It also complains of units that this one only names.
  case $said in *"$1"*) because unit-invalid "$1: ${said##*"$run_dir/work/verify/"}" ;; esac
}

# can_start UNIT: its account can run what it starts, in the new tree. A file that is not there yet is seen by the start alone, and so
# is all of a unit that has its own view of the file system.
can_start() {
  if [ -f "$run_dir/work/verify/$1" ]; then
    text=$(cat "$run_dir/work/verify/$1")
  else
    text=$(sctl show -p User,ExecStart,RootDirectory,RootImage -- "$1" | sed 's/^ExecStart=.* path=\([^ ;]*\).*/ExecStart=\1/; /=$/d')
  fi
  case $nl$text in *"${nl}Root"*=* | *"${nl}BindPaths"*=* | *"${nl}BindReadOnlyPaths"*=*) return 0 ;; esac
  account=$(printf '%s\n' "$text" | sed -n 's/^[[:blank:]]*User[[:blank:]]*=[[:blank:]]*//p' | tail -n 1)
  account=${account:-$(id -un)}
  for program in $(printf '%s\n' "$text" | sed -n 's/^[[:blank:]]*ExecStart[[:blank:]]*=[[:blank:]]*[-@:]*\(\/[^ ]*\).*/\1/p'); do
    case $program in *[%$\\\"\']*) continue ;; "$p_path/current/"*) program=$tree/${program#"$p_path/current/"} ;; esac
    may_run "$account" "$program" || because unit-cannot-start "$1: $account $cannot" || return 1
  done
}

# may_run ACCOUNT PROGRAM: and the program that its first line names. Why not is in $cannot.
may_run() {
  id -u "$1" >/dev/null 2>&1 || return 0
  # It may lie where the account can put a pipe in its place.
  interpreter=$(timeout 5 head -c 200 -- "$2" 2>/dev/null | tr -d '\0' | sed -n '1s/^#! *\([^ ]*\).*/\1/p')
  app_user=$user user=$1
  # shellcheck disable=SC2016
  cannot=$(as_user sh -c '
    for program do
      [ -e "$program" ] || { echo "finds no $program" >&2; exit 1; }
      [ -x "$program" ] || { echo "may not run $program" >&2; exit 1; }
    done' sh "$2" ${interpreter:+"$interpreter"} 2>&1) || cannot=${cannot:-"does not come to run $2"}
  user=$app_user
  [ -z "$cannot" ]
}

# hear PROGRAM ARG…: runs it, and keeps the end of what it says in work/said. What it leaves running may hold its output open for
# ever: two seconds are enough for the rest.
hear() {
  tail -c 8192 <"$run_dir/work/pipe" >"$run_dir/work/said" &
  ear=$!
  "$@" >"$run_dir/work/pipe" 2>&1 </dev/null
  heard=$?
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "$ear" 2>/dev/null || break
    sleep 0.1
  done
  kill "$ear" 2>/dev/null
  wait "$ear"
  rm -f "$run_dir/work/pipe"
  return "$heard"
}

# run_check WORDS: in the new tree, as the account of the app. systemd reads the env file for it just as for the service.
run_check() {
  words=$1
  set -f --
  for encoded in $words; do
    word "$encoded"
    set -- "$@" "$decoded"
  done
  set +f
  shown=$*
  # shellcheck disable=SC2016
  set -- -p WorkingDirectory="$tree" -- /bin/sh -c 'exec "$@"' sh "$@"
  [ ! -f "$rel/env" ] || set -- -p EnvironmentFile="$rel/env" "$@"
  [ "$p_privilege" = none ] || set -- -p User="$user" "$@"
  hundredths
  began=$now
  try mkfifo "$run_dir/work/pipe" || because state-unwritable "cannot write $run_dir/work$reason" || return 1
  hear systemd-run "$manager" --quiet --wait --pipe --collect -p RuntimeMaxSec="$check_limit" -p TimeoutStopSec=10 "$@" && return 0
  last_lines 10 <"$run_dir/work/said"
  # systemd-run tells the end by the signal alone, and a check may end by one for reasons of its own.
  hundredths
  [ $((now - began)) -lt $((check_limit * 100)) ] || because check-timeout "check ran longer than $check_limit s: $shown" || return 1
  because check-failed "check failed: $shown"
}
