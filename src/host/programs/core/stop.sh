# Asks a run to stop at its next safe point: before the swap nothing has changed, after it the run goes back.
# shellcheck shell=sh
p_run='' p_volatile=''
params
seams
[ -z "$p_volatile" ] || (umask 077 && mkdir -p "$volatile/$p_run") || refuse target-unwritable "cannot write $volatile"
run_at "$p_run"
[ -n "$p_run" ] && [ -d "${run_dir%/*}" ] || refuse run-unknown "no trace of $scope on this host"
[ ! -e "$run_dir/record" ] || refuse run-unknown "run $p_run is over"
# Written first, and before the run has a unit, too: whoever asks early is heard as well.
(umask 077 && mkdir -p "$run_dir" && : >"$run_dir/stop") || refuse target-unwritable "cannot write $run_dir"
holder
say held "$held"
exit 0
