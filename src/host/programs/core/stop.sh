# Asks a run to stop at its next safe point: before the swap nothing has changed, after it the run goes back.
# shellcheck shell=sh
p_run='' p_volatile=''

params
seams
umask 077
[ -z "$p_volatile" ] || make "$volatile/$p_run" || refuse target-unwritable "cannot make $volatile/$p_run$reason"
run_at "$p_run"
[ -n "$p_run" ] && [ -d "${run_dir%/*}" ] || refuse run-unknown "no trace of $scope on this host"
[ ! -e "$run_dir/record" ] || refuse run-unknown "run $p_run is over"
# Written first, and before the run has a unit, too: whoever asks early is heard as well.
make "$run_dir" && try write "$run_dir/stop" </dev/null || refuse target-unwritable "cannot write $run_dir$reason"
holder
say held "$held"
exit 0
