# Starts the transaction as a transient unit and follows it. The unit's fixed name is the lock: systemd gives it to one run only.
# shellcheck shell=sh
p_run='' p_mode='' p_release='' p_by='' p_max_s=''

# launch: returns when the unit is gone, or at once when it could not start.
launch() {
  systemd-run "$manager" --quiet --collect --wait --unit="$lock" --description="ops $p_app $p_run" \
    -p Type=exec -p KillMode=mixed -p TimeoutStopSec=600 -p RuntimeMaxSec="$p_max_s" /bin/sh "$run_dir/program"
}

# let_go: somebody was quicker, and what was sent starts from a release that is current no more: nobody goes on with it.
let_go() {
  rm -rf -- "$p_path/releases/.partial-$p_run"
}

params
seams
known_schema
if [ "$p_privilege" = none ] && [ ! -e "/var/lib/systemd/linger/$(id -un)" ]; then
  refuse lingering-off "units of $(id -un) end at logout: loginctl enable-linger $(id -un)"
fi
run_dir=$app_dir/runs/$p_run
umask 077
mkdir -p "$run_dir" && blobs "$run_dir" || refuse target-unwritable "cannot write $run_dir"
if [ ! -e "$run_dir/intent" ]; then
  read -r boot </proc/sys/kernel/random/boot_id
  printf '%s\n' "by=$p_by" "since=$(date +%s)" "boot=$boot" "mode=$p_mode" "release=$p_release" >"$run_dir/intent"
fi
# Room for the record is taken now, so that a disk that fills up cannot keep the outcome from being written.
: >"$run_dir/progress" && printf '%16384s' '' >"$run_dir/record.tmp" && sync "$run_dir/program" "$run_dir/record.tmp" "$run_dir" "$app_dir/runs" ||
  refuse target-unwritable "cannot write $run_dir"
follow launch
if [ ! -e "$run_dir/record" ]; then
  # Without a first phase nothing has begun.
  phase_of "$p_run"
  said=$(cat "$run_dir/watch.err")
  case $phase:$said in
    uploading:*already\ loaded* | uploading:*already\ exists* | uploading:*fragment\ file*)
      held_by
      # It has ended without having begun: nobody is to take it for an upload that was cut off.
      [ "$p_mode" != deploy ] || [ "$held" = "$p_run" ] || { let_go; rm -rf -- "$run_dir"; }
      refuse lock-held "$lock is running"
      ;;
    uploading:*) refuse start-failed "${said:-the transaction did not begin: journalctl -u $lock}" ;;
  esac
fi
result
field "$run_dir/record" outcome
[ "$p_mode:$field_value" != deploy:stale ] || let_go
exit 0
