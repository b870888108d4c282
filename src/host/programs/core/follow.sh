# Finds a run again: streams what it says while it lives, then tells what it left.
# Invariant: the run is not touched; a run that is gone without a record is unknown.
# shellcheck shell=sh
p_run=''

# gone: systemd tells nobody but the starter that a unit went, so another follower asks.
gone() {
  while [ "$held" = "$run" ]; do
    sleep 0.2
    holder
  done
}

params
seams
[ -n "$p_path" ] || read -r p_path <"$app_dir/path" || refuse run-unknown "no trace of $p_app on this host"
holder
run=$p_run
if [ -z "$run" ]; then
  run=$held
  [ -n "$run" ] || { run=$(readlink -- "$app_dir/last") && run=${run##*/}; }
fi
run_dir=$app_dir/runs/$run
[ -n "$run" ] && [ -d "$run_dir" ] || refuse run-unknown "no trace of run ${run:-any} of $p_app on this host"
say run "$run"
[ -r "$run_dir/intent" ] && say_lines intent <"$run_dir/intent"
if [ "$run" = "$held" ]; then
  follow gone
elif [ -r "$run_dir/progress" ]; then
  while IFS= read -r line; do [ "$line" = end ] || say progress "$line"; done <"$run_dir/progress"
fi
result
exit 0
