# Records the installation that already runs as a proven release to go back to.
# Invariant: its tree, its units and what they run are only read; the one thing put there is our marker.
# shellcheck shell=sh
adopted=''

# adopt: as release `adopted`, from where the plan saw it. Ends the run when there is nothing that works.
adopt() {
  phase adopt
  link=$p_link rel_adopted=$app_dir/releases/adopted new=$app_dir/releases/.new
  [ ! -L "$p_path/current" ] || link=$before_link
  [ ! -e "$p_path/current" ] || [ -L "$p_path/current" ] || leave refused target-foreign "$p_path/current is not a symbolic link"
  case $link in /*) adopted_tree=$link ;; *) adopted_tree=$p_path/$link ;; esac
  [ -d "$adopted_tree" ] || leave refused adopt-nothing "$adopted_tree is not a folder"
  # shellcheck disable=SC2086 # unit names have no blanks
  set -- $p_unit $p_foreign
  services=$*
  if [ -n "$services" ]; then
    snapshot
    judge
    [ "$verdict" = up ] || leave refused adopt-not-running "${bad_unit:-$waiting}: ${bad_why:-not active yet}"
  fi
  adopted=1
  try baseline || leave refused target-unwritable "cannot write $run_dir/work$reason"
  try take_over || leave refused target-unwritable "cannot record what runs in $p_path$reason"
  release_at "$before_link"
  before=$id
}

# baseline: of what the release will be asked, the questions that what runs answers now. What was wrong before anything was touched
# is no reason against going back to it.
baseline() {
  while IFS= read -r line; do
    # What an operator asks of the release was never asked of this.
    case $line in ask\ *) continue ;; probe\ *) question "$line" && "probe_$kind" || { detail "before: probe $id: $target: $observed" && continue; } ;; esac
    printf '%s\n' "$line"
  done <"$run_dir/data/spec" >"$run_dir/work/baseline"
}

# take_over: our marker comes last; until then nothing of it counts.
take_over() {
  if grep -q '^probe ' "$run_dir/work/baseline"; then is=proven; else is=stable; fi
  mkdir -p "$app_dir/adopted" && rm -rf "$new" "$rel_adopted" && mkdir "$new" "$new/units" "$new/dropins" &&
    (umask 077 && cp "$run_dir/work/baseline" "$new/spec") || return 1
  for unit in $p_unit; do
    [ -f "$unit_dir/$unit" ] || continue
    cp -p "$unit_dir/$unit" "$new/units/" && cp -p "$unit_dir/$unit" "$app_dir/adopted/" || return 1
  done
  printf '%s\n' 'seq=0' 'id=adopted' "link=$link" "created=$(date -u +%Y-%m-%dT%H:%M:%SZ)" "run=$p_run" "by=$p_by" 'digest=' | write "$new/meta" &&
    printf '%-6s\n' "$is" | write "$new/state" && printf '%s' "${invocations:-}" | write "$new/invocations" &&
    sync -f "$new" && mv -T "$new" "$rel_adopted" && echo "app $p_app" | put "$p_path/.ops" 644
}

# leave OUTCOME CODE REASON: ends a run before it has touched what serves. What it took over, or was about to, is nobody's
# again, and nothing of ours stays in there, unless another run has taken it over meanwhile. What only confirms has its record,
# and others may have come after it.
leave() {
  if [ "$p_mode" = confirm ]; then
    ln -sfn "runs/$interrupted" "$app_dir/last"
    close
  fi
  if [ -n "$adopted" ]; then
    rm -f "$p_path/.ops" && rm -rf "$tree" "$app_dir/releases/.new" "$app_dir/releases/adopted" "$app_dir/adopted"
  fi
  if [ -n "$p_link" ] && place_guarded; then
    field "$run_dir/data/spec" user
    untake "$field_value"
  fi
  finish "$@"
}
