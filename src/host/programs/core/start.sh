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
  refuse target-unwritable "cannot write $run_dir"
}

params
seams
known_schema
if [ "$p_privilege" = none ] && [ ! -e "/var/lib/systemd/linger/$(id -un)" ]; then
  refuse lingering-off "units of $(id -un) end at logout: loginctl enable-linger $(id -un)"
fi
umask 077
[ -z "$p_volatile" ] || mkdir -p "$volatile/$p_run" || refuse target-unwritable "cannot write $volatile"
run_at "$p_run"
make "$run_dir" || refuse target-unwritable "cannot make $run_dir: $unmade"
blobs "$run_dir" || unwritable
if [ ! -e "$run_dir/intent" ]; then
  read -r boot </proc/sys/kernel/random/boot_id
  printf '%s\n' "by=$p_by" "since=$(date +%s)" "boot=$boot" "mode=$p_mode" "$p_note" >"$run_dir/intent"
fi
# A later phase of the same run goes on where the first one ended, and its record stays until there is another.
[ -n "$p_again" ] || : >"$run_dir/progress" || unwritable
# Room for the record is taken now, so that a disk that fills up cannot keep the outcome from being written.
rm -f "$run_dir/begun" && printf '%16384s' '' >"$run_dir/record.tmp" &&
  sync "$run_dir/program" "$run_dir/record.tmp" "$run_dir" "${run_dir%/*}" || unwritable
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
  refuse start-failed "${said:-the transaction did not begin: journalctl -u $lock}"
fi
result
field "$run_dir/record" outcome
case $field_value in stale | lock-held) let_go ;; esac
exit 0
