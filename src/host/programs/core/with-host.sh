# A change of the host itself that the run of an app needs.
# shellcheck shell=sh

# hand_over PROGRAM: the folder of the child's run, with room for its record.
hand_over() {
  mkdir -p "$host_dir" && cp "$1" "$host_dir/program" && cp "$run_dir/intent" "$host_dir/intent" && : >"$host_dir/progress" &&
    printf '%16384s' '' | write "$host_dir/record.tmp" && rm -f "$host_dir/begun" "$host_dir/record"
}

# with_host PROGRAM SECONDS: runs a transaction of the host's scope as a child of this run, in the unit that is the host's
# lock, and waits for it. This run holds its app's lock already: who needs both takes the app first, so nobody waits in a
# circle. Whoever holds the host is waited for. False, with $code and $why, unless it is done.
with_host() {
  # A run that goes back has a reason already, and may have changed the host on its way there: neither tells of this change.
  code='' why=''
  hundredths
  until=$((now + $2 * 100))
  scope ''
  host_dir=$scope_dir/runs/$p_run
  try hand_over "$1" || because state-unwritable "cannot write $host_dir$reason"
  while [ ! -e "$host_dir/begun" ] && [ -z "$code" ]; do
    said=$(systemd-run "$manager" --quiet --collect --wait --unit="$lock" --description="ops $scope $p_run" \
      -p Type=exec -p KillMode=mixed -p TimeoutStopSec=600 -p RuntimeMaxSec="$2" /bin/sh "$host_dir/program" 2>&1 </dev/null)
    [ ! -e "$host_dir/begun" ] || break
    hundredths
    field "$host_dir/record.tmp" reason
    case $said in
      *already\ loaded* | *already\ exists* | *fragment\ file*) [ "$now" -lt "$until" ] || because lock-held 'somebody else is changing the host itself' ;;
      *) because start-failed "${said:-${field_value:-the change of the host did not begin: journalctl ${journal:+$journal }-u $lock}}" ;;
    esac
    [ -n "$code" ] || sleep 0.5
  done
  scope "$p_app"
  [ -z "$code" ] || return 1
  field "$host_dir/record" outcome
  [ "$field_value" != 'done' ] || return 0
  field "$host_dir/record" reason
  because host-change "${field_value:-the change of the host left no record}"
}
