# Starts a transaction as a transient unit and follows it. The unit's fixed name is the lock: systemd gives it to one run only.
# shellcheck shell=sh
p_run='' p_mode='' p_by='' p_max_s='' p_note='' p_volatile='' p_again=''

# launch: returns when the unit is gone, or at once when it could not start.
launch() {
  systemd-run "$manager" --quiet --collect --wait --unit="$lock" --description="ops $scope $p_run" \
    -p Type=exec -p KillMode=mixed -p TimeoutStopSec=600 -p RuntimeMaxSec="$p_max_s" /bin/sh "$run_dir/program"
}

unwritable() {
  still_there "$run_dir"
  refuse target-unwritable "cannot write $run_dir$reason"
}

# intend: who does what, for everybody who comes by.
intend() {
  [ ! -e "$run_dir/intent" ] || return 0
  read -r boot </proc/sys/kernel/random/boot_id
  printf '%s\n' "by=$p_by" "since=$(date +%s)" "boot=$boot" "mode=$p_mode" "$p_note" | write "$run_dir/intent"
}

# reserve: room for the record is taken now, so that a disk that fills up cannot keep the outcome from being written. A later phase
# of the same run goes on where the first one ended, and its record stays until there is another.
reserve() {
  [ -n "$p_again" ] || write "$run_dir/progress" </dev/null || return 1
  rm -f "$run_dir/begun" && write "$run_dir/watch.err" </dev/null && printf '%16384s' '' | write "$run_dir/record.tmp" &&
    sync "$run_dir/program" "$run_dir/record.tmp" "$run_dir" "${run_dir%/*}"
}

params
seams
known_schema
if [ "$p_privilege" = none ] && [ ! -e "/var/lib/systemd/linger/$(id -un)" ]; then
  refuse lingering-off "units of $(id -un) end at logout: loginctl enable-linger $(id -un)"
fi
umask 077
[ -z "$p_volatile" ] || make "$volatile/$p_run" || refuse target-unwritable "cannot make $volatile/$p_run$reason"
run_at "$p_run"
make "$run_dir" || refuse target-unwritable "cannot make $run_dir$reason"
[ -z "$p_again" ] || alone || { held_by; refuse lock-held "somebody else adds to run $p_run"; }
try blobs "$run_dir" && try intend && try reserve || unwritable
follow launch
# It may have stepped aside.
run_at "$p_run"
if [ ! -e "$run_dir/begun" ]; then
  said=$(cat "$run_dir/watch.err")
  case $said in
    *already\ loaded* | *already\ exists* | *fragment\ file*)
      mine=$run_dir
      held_by
      # It has ended without having begun: nobody is to take it for one that was cut off.
      if [ "$held" != "$p_run" ]; then
        if [ -n "$p_again" ]; then rm -f "$mine/program" "$mine/record.tmp"; else let_go && rm -rf -- "$mine"; fi
      fi
      refuse lock-held "$lock is running"
      ;;
    *)
      still_there "$run_dir/program"
      ;;
  esac
  field "$run_dir/record.tmp" reason
  refuse start-failed "${said:-${field_value:-the transaction did not begin: journalctl ${journal:+$journal }-u $lock}}"
fi
result
field "$run_dir/record" outcome
case $field_value in stale | lock-held) let_go ;; esac
exit 0
