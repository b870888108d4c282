# A run's own folder: progress for whoever follows, notes, and the record that ends it.
# shellcheck shell=sh

phase() { printf 'phase %s\n' "$1" >>"$run_dir/progress"; }

detail() {
  printf 'detail %s\n' "$1" >>"$run_dir/progress"
  printf 'detail %s\n' "$1" >>"$run_dir/notes"
}

evidence() { printf 'evidence %s\t%s\t%s\n' "$1" "$2" "$3" >>"$run_dir/notes"; }

# because CODE TEXT: why the step failed; always false.
because() {
  code=$1 why=$2
  return 1
}

# stopped: someone asked us to stop, and this is a place where we can. A way back once begun is not left.
stopped() {
  [ -z "$going_back" ] || return 1
  [ -n "$stop" ] || [ -e "$run_dir/stop" ]
}

# unless_shutdown: a service that ends because the whole machine goes down says nothing about its release. Then everything
# is left as it is, without a record: `ops resume` finishes it.
unless_shutdown() {
  [ "$(sctl is-system-running)" != stopping ] || exit 1
}

# finish OUTCOME [CODE REASON]: writes the record into the room that start reserved, and the run is over.
finish() {
  phase "$1"
  {
    printf 'outcome %s\ncode %s\nreason %.400s\n' "$1" "${2:-ok}" "$(printf %s "${3:-}" | head -n 1)"
    printf '%s\n' "release $p_release" "current $(readlink "$p_path/current" || echo -)" "previous ${before_link:--}" \
      "started $started" "ended $(date +%s)"
    grep '^evidence ' "$run_dir/notes" | cut -c1-300 | head -n 10
    grep '^detail ' "$run_dir/notes" | cut -c1-300 | head -n 30
    echo end
  } 1<>"$run_dir/record.tmp"
  sync "$run_dir/record.tmp" && mv -fT "$run_dir/record.tmp" "$run_dir/record" && sync "$run_dir"
  rm -rf "$run_dir/program" "$run_dir/notes" "$run_dir/verify" "$run_dir/data" "$run_dir/half.0" "$run_dir/half.1"
  prune_runs
  exit 0
}
