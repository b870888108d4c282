# What a transaction can be asked to do: one function a mode.
# shellcheck shell=sh

# mode_deploy: an upload becomes a release, goes live and is proven, or what served before is back.
mode_deploy() {
  fence
  [ -z "$p_link" ] || adopt
  new_release
  before_swap || { mark "$rel" failed; leave refused "$code" "$why"; }
  put_live
  phase prune
  prune "$p_release" || detail "$why"
  finish 'done'
}

# mode_rollback: to a release that was proven. That it fails now takes nothing from that.
mode_rollback() {
  state_of "$rel"
  fallen=$release_state
  fence
  present "$p_release" || leave refused release-missing "the tree of release $p_release is not on this host"
  tree=$lies_at
  phase verify
  [ ! -f "$rel/manifest" ] || verify_tree "$tree" "$rel/manifest" || leave refused tree-mismatch "$why"
  before_swap || leave refused "$code" "$why"
  [ "$stable_ms $services" = "$p_stable_ms $(printf %s "$p_restart" | tr '\n' ' ')" ] ||
    leave stale facts-changed "the services of release $p_release, or how long they must be stable, are not those of the plan"
  put_live
  [ "$before" = "$p_release" ] || leave_behind "$before"
  phase prune
  prune "$p_release" || detail "$why"
  finish 'done'
}

# leave_behind ID: a rollback went away from it.
leave_behind() {
  state_of "$app_dir/releases/$1"
  settled && mark "$app_dir/releases/$1" left
}

# put_live: the swap, up to the proof; from here on a failure goes back.
put_live() {
  stopped && leave refused stopped 'stopped before the swap'
  # shellcheck disable=SC2086
  [ -n "$before" ] || for unit in $services; do sctl is-active --quiet -- "$unit" && ran_before="$ran_before $unit"; done
  clock_ticks
  since=$ticks
  note_before
  activate "$p_release" || go_back "$p_release"
  unless_unproved
}

# unless_unproved: what is live may not be what runs. It serves on, and nobody goes back to it.
unless_unproved() { [ -z "$unproved" ] || finish unproved unproved "$unproved"; }

# mode_back: it was proven here, and then somewhere else something failed. What a rollback has just left is proven again. Nobody
# stops it: whoever asked the run to stop wants just this.
mode_back() {
  going_back=1
  fence
  previous=''
  recall "$interrupted"
  note_before
  code=$p_code why=$p_why
  state_of "$app_dir/releases/$p_back"
  [ "$release_state" != left ] || mark "$app_dir/releases/$p_back" proven
  state_of "$rel"
  [ "$p_left" != kept ] || p_left=$release_state
  go_back "$p_release" "$p_left"
}

# mode_resume: converges what an interrupted run left: what is current is proven now, or left for the release before it.
mode_resume() {
  fence
  previous=''
  recall "$interrupted"
  note_before
  code=interrupted why="run $interrupted was cut off"
  [ -n "$before" ] || go_back "$p_release"
  state_of "$app_dir/releases/$before"
  [ "$release_state" != failed ] || go_back "$before"
  activate "$before" || go_back "$before"
  unless_unproved
  field "$app_dir/runs/$interrupted/intent" release
  if [ "$before" = "$field_value" ]; then
    field "$app_dir/runs/$interrupted/intent" mode
    [ "$field_value" != rollback ] || [ "$before" = "$previous" ] || leave_behind "$previous"
    finish 'done'
  fi
  finish reverted interrupted "$why; release $before serves"
}

mode_prune() {
  fence
  sweep && prune "$before" && finish 'done'
  [ "$(removed)" -eq 0 ] || finish stuck prune-unfinished "$why"
  finish refused "$code" "$why"
}

# confirmed: an answer proves the release where something tells that it is this one.
confirmed() {
  spec "$rel"
  if [ -n "$named" ] || grep -q -e '^evidence [^	]*	runs	' -e '^evidence [^	]*	ran	' "$run_dir/record"; then echo proven; else echo stable; fi
}

# mode_confirm: a release that was seen through here answered where an operator asked it, too: now it is proven. The record goes on
# to say what the phase before saw.
mode_confirm() {
  fence
  phase confirm
  state_of "$rel"
  case $release_state in
    proven | stable) ;;
    active) try mark "$rel" "$(confirmed)" || leave failed state-unwritable "cannot write $rel/state$reason" ;;
    *) leave stale facts-changed "$p_release is ${release_state:-not there}" ;;
  esac
  field "$run_dir/record" started
  started=$field_value
  field "$run_dir/record" previous
  before_link=$field_value
  grep -e '^evidence ' -e '^detail ' "$run_dir/record" >>"$run_dir/notes"
  finish 'done'
}
