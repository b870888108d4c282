# Following a run: its progress as it is written, then what it left.
# shellcheck shell=sh

# follow WATCHER ARG…: says progress until the unit is gone. WATCHER returns at that moment and not before.
# Invariant: nothing here is the run's parent: when this connection dies, the run goes on.
follow() {
  { "$@" >/dev/null 2>"$run_dir/watch.err" </dev/null; echo end >>"$run_dir/progress"; } &
  # tail tells its own pid first, so that it can be ended at the last line. When a full disk has no room for that line it
  # ends with the watcher. -s counts for that, and on file systems without inotify.
  # shellcheck disable=SC2016
  sh -c 'echo "$$" && exec tail -n +1 -s 0.03 --pid="$2" -f -- "$1" 2>/dev/null' sh "$run_dir/progress" "$!" | {
    read -r tail
    while IFS= read -r line && [ "$line" != end ]; do say progress "$line"; done
    kill "$tail" 2>/dev/null
  }
  wait
}

# result: the record as the run wrote it last, and the host looked at again, now.
result() {
  if [ -r "$run_dir/record" ]; then
    while IFS= read -r line && [ "$line" != end ]; do say record "$line"; done <"$run_dir/record"
  fi
  look | say_lines seen
  phase_of "$run_dir"
  say phase "$phase"
}

held_by() {
  holder
  say holder_run "${held:-unknown}"
  run_at "$held"
  [ -r "$run_dir/intent" ] || return 0
  say_lines holder <"$run_dir/intent"
  phase_of "$run_dir"
  say holder "phase=$phase"
}

# alone: of two that add a phase to the same run at the same moment one goes on. Both would write its files before systemd says
# whose the lock is.
alone() { exec 9<"$run_dir" && flock -n 9 && holder && [ -z "$held" ]; }

# let_go: somebody was quicker: what was prepared for this run goes. A capability that prepares something says what.
let_go() { :; }
