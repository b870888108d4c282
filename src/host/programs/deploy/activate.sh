# Makes a release the one that runs and proves it, or goes back.
# shellcheck shell=sh

# activate ID: makes this release the one that runs, whichever way we are going, and proves it.
activate() {
  chosen=$app_dir/releases/$1
  spec "$chosen"
  link_of "$1"
  phase swap
  try swap "$link" || because swap-failed "cannot point $p_path/current at $link$reason" || return 1
  state_of "$chosen"
  [ "$release_state" != staged ] || mark "$chosen" active
  phase units
  install_files "$chosen" || install_trouble "$1" || return 1
  phase start
  restart || unit_trouble || return 1
  remember
  phase stable
  stay || unit_trouble || return 1
  phase probe
  probes "$chosen" || return 1
  same_processes || unit_trouble || return 1
  for unit in $services; do evidence "$unit" stable "the same process for $stable ms"; done
  phase proof
  prove "$1"
  [ -z "$unproved" ] || return 0
  # Where an operator has to ask as well, the mode confirm says when it was proven.
  [ -z "$awaits" ] || settled || return 0
  if [ -n "$asked$awaits" ] && [ -n "$tied" ]; then try mark "$chosen" proven; else try mark "$chosen" stable; fi ||
    because state-unwritable "cannot write $chosen/state$reason"
}

# remember: the processes that ran this release, also those that ended at once: its logs are theirs. One that a release has
# already is not new: a restart that systemd refused leaves the process from before.
remember() {
  read -r boot </proc/sys/kernel/random/boot_id
  printf '%s' "$ran" | while read -r unit invocation pid; do
    grep -qsF -e "$invocation" "$app_dir"/releases/*/invocations ||
      printf '%s %s %s %s\n' "$unit" "$invocation" "$pid" "$boot" >>"$chosen/invocations"
  done
}

# install_trouble ID: a reason is one line, what systemctl says may be more.
install_trouble() {
  said=$(printf %s "$said" | head -n 3 | tr '\n' ' ')
  because install-failed "cannot install the files of release $1${said:+: $said}"
}

unit_trouble() {
  remember
  last_words "$bad_unit"
  because "$bad_code" "$bad_unit: $bad_why"
}

# go_back FROM [STATE]: the same way, leaving FROM as STATE, to the release that the plan names. A first deploy has none: then
# nothing of it stays.
go_back() {
  unless_shutdown
  going_back=1 first_code=$code first_why=$why
  [ ! -d "$app_dir/releases/$1" ] || mark "$app_dir/releases/$1" "${2:-$fallen}"
  phase back
  if [ -n "$p_back" ] && [ "$p_back" != "$1" ] && present "$p_back"; then
    activate "$p_back" && is_back && finish reverted "$first_code" "$first_why"
    unless_shutdown
    detail "going back to $p_back failed too: $why"
    finish stuck "$first_code" "$first_why"
  fi
  [ ! -r "$app_dir/releases/$1/spec" ] || spec "$app_dir/releases/$1"
  # A link that was never ours is put back, one of ours has nothing to point to.
  if [ -n "$before_link" ] && [ -z "$before" ]; then swap "$before_link"; else rm -f "$p_path/current" && sync "$p_path"; fi
  remove_created "$nl" && sctl daemon-reload && rm -f "$app_dir/installing"
  # A unit whose file is gone would go on being listed as failed.
  # shellcheck disable=SC2086
  [ -z "$services" ] || sctl reset-failed -- $services 2>/dev/null
  # What is left was there before us. It goes on as it was, if it was running.
  for unit in $services; do
    case " $ran_before " in *" $unit "*) sctl try-restart -- "$unit" ;; *) sctl stop -- "$unit" ;; esac
  done 2>/dev/null
  finish stuck "$first_code" "$first_why"
}

# is_back: does nothing else run or answer in place of what was gone back to? What goes on running another release is ended first.
is_back() {
  [ -z "$against" ] || { end_others && snapshot && judge && prove "$p_back"; }
  [ -z "$unproved" ] || detail "$unproved"
  [ -z "$against" ] || because unproved "$unproved"
}

# end_others: what goes on running another release in a unit of the app, or is left of the one that failed, is ended. True when
# something was.
end_others() {
  ending=''
  for unit in $proves; do
    pids_of "$unit"
    # shellcheck disable=SC2086 # pids are numbers
    for line in $(whose $pids | sed -n 's,^other \([0-9]*\) ,\1/,p'); do
      ending="$ending ${line%%/*}"
      detail "$unit: ended process ${line%%/*}, which went on running ${line#*/}"
    done
    is_new "$unit" || left_in "$unit"
  done
  # shellcheck disable=SC2086
  [ -n "$ending" ] && end $ending
}

# left_in UNIT: its processes that began since this run did, and before the restart.
left_in() {
  while read -r of pid began; do
    [ "$of" = "$1" ] && [ "$began" -lt "$mark" ] && [ "$began" -ge "${since:-$mark}" ] || continue
    case " $ending " in *" $pid "*) continue ;; esac
    ending="$ending $pid"
    detail "$1: ended process $pid, which was left of what failed"
  done <<RUNNING
$running
RUNNING
}

# recall RUN: what a run noted for whoever has to finish it.
recall() {
  [ -r "$app_dir/runs/$1/before" ] || return 0
  read -r boot </proc/sys/kernel/random/boot_id
  while read -r key value; do
    case $key in
      release) previous=$value ;;
      fallen) fallen=$value ;;
      unit) ran_before="$ran_before $value" ;;
      # After a reboot all that runs began since.
      since) case $value in *" $boot") since=${value% *} ;; *) since=0 ;; esac ;;
    esac
  done <"$app_dir/runs/$1/before"
}

# note_before: what served before this run, what a release that fails becomes, and since when what began is of this run, for whoever
# has to go back in its place.
note_before() {
  read -r boot </proc/sys/kernel/random/boot_id
  { printf '%s\n' "release $previous" "fallen $fallen" ${since:+"since $since $boot"} && for unit in $ran_before; do echo "unit $unit"; done; } >"$run_dir/before" &&
    sync "$run_dir/before"
}
