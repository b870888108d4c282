# A run's own folder: progress for whoever follows, notes, and the record that ends it.
# shellcheck shell=sh

phase() { printf 'phase %s\n' "$1" >>"$run_dir/progress"; }

detail() {
  printf 'detail %s\n' "$1" >>"$run_dir/progress"
  printf 'detail %s\n' "$1" >>"$run_dir/notes"
}

# last_lines COUNT: those of stdin, which others wrote, as details.
last_lines() {
  shorten 300 | tail -n "$1" | while IFS= read -r line || [ -n "$line" ]; do detail "$line"; done
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

# begin: the folder of the run, what it was sent, and the mark that it is the last one here. Without the mark nothing began, and
# why not stands where the record would. What can be stopped, or goes another way when it fails, asks $stop and $going_back.
begin() {
  run_at "$p_run"
  stop='' going_back='' code='' why='' started=$(date +%s)
  trap 'stop=1' TERM
  last=$scope_dir/last
  [ "${run_dir%/*}" != "$volatile" ] || last=$volatile/last
  interrupted=$(readlink "$last")
  interrupted=${interrupted##*/}
  try take_in && return
  printf 'reason cannot write %s%s\n' "$run_dir" "$reason" 1<>"$run_dir/record.tmp"
  exit 1
}

take_in() {
  umask 077
  mkdir -p "$run_dir/data" "$run_dir/work" && blobs "$run_dir/data" && : >"$run_dir/notes" &&
    ln -sfn "${run_dir#"${last%/*}"/}" "$last" && : >"$run_dir/begun"
}

# finish OUTCOME [CODE REASON]: writes the record into the room that start reserved, and the run is over. What the capability
# has to say of it (`recorded`) and how the host is now (`look`) stand in it, too.
finish() {
  phase "$1"
  {
    printf 'outcome %s\ncode %s\nreason %s\n' "$1" "${2:-ok}" "$(printf %s "${3:-}" | head -n 1 | shorten 400)"
    printf '%s\n' "started $started" "ended $(date +%s)"
    recorded
    look | sed 's/^/seen /'
    grep '^evidence ' "$run_dir/notes" | shorten 300 | head -n 10
    # Of too many lines the last ones tell the error, and that going back failed, too.
    grep '^detail ' "$run_dir/notes" | shorten 300 | tail -n 30
    echo end
  } 1<>"$run_dir/record.tmp"
  sync "$run_dir/record.tmp" && mv -fT "$run_dir/record.tmp" "$run_dir/record" && sync "$run_dir"
  close
}

# close: the run is over, and what it was sent goes. So does a stop that came too late: a later phase is not what it meant.
close() {
  rm -rf "$run_dir/program" "$run_dir/notes" "$run_dir/data" "$run_dir/work" "$run_dir/record.tmp" "$run_dir/stop"
  prune_runs
  exit 0
}

# recorded: lines of the capability for its record. spared RUN: whether something still needs the traces of this run.
recorded() { :; }
spared() { false; }

# prune_runs: the traces of the last 30 runs stay, and those that are spared.
prune_runs() {
  runs=${run_dir%/*}
  # shellcheck disable=SC2012 # run ids are plain words
  ls -1t "$runs" | tail -n +31 | while IFS= read -r old; do
    spared "$old" || [ "$old" = "$p_run" ] || rm -rf -- "${runs:?}/$old"
  done
}
