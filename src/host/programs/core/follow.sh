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
holder
run=$p_run
[ -n "$run" ] || refuse run-unknown "no run is named"
run_at "$run"
[ -d "$run_dir" ] || refuse run-unknown "no trace of run $run of $scope on this host"
say run "$run"
[ -r "$run_dir/intent" ] && say_lines intent <"$run_dir/intent"
if [ "$run" = "$held" ]; then
  follow gone
elif [ -r "$run_dir/progress" ]; then
  while IFS= read -r line; do [ "$line" = end ] || say progress "$line"; done <"$run_dir/progress"
fi
result
exit 0
