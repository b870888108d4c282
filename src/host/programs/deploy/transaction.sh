# The transaction of an app: everything between a complete upload and a proven release, inside the unit that is the lock.
# Invariant: `current` always resolves to a complete release. The record, fsynced last, is the outcome; without it nothing is claimed.
# shellcheck shell=sh
p_run='' p_mode='' p_by='' p_release='' p_digest='' p_fence_current='' p_fence_units='' p_unit='' p_link='' p_remove='' p_back=''
p_left='' p_code='' p_why='' p_restart='' p_gone='' p_stable_ms=''

# fence: the host is as the plan saw it, or we stop before anything has changed.
fence() {
  phase fence
  stopped && leave refused stopped 'stopped before the swap'
  unless_forgotten
  place_guarded || leave refused target-unsafe "$(whose_open)"
  mark_in "$p_path"
  if [ -n "$p_link" ]; then
    [ -z "$marked" ] || leave refused adopt-twice "$p_path is ours already"
  elif [ "$marked" != "$p_app" ]; then
    leave refused target-foreign "$p_path is not marked as ours"
  fi
  [ "${before_link:--}" = "$p_fence_current" ] || leave stale facts-changed "current is ${before_link:-missing}, the plan saw $p_fence_current"
  # What is taken back, or confirmed, was installed a moment ago.
  case $p_mode in back | confirm) return 0 ;; esac
  [ -z "$p_back" ] || [ -n "$p_link" ] || present "$p_back" || leave stale facts-changed "release $p_back, which a failure goes back to, is gone"
  # shellcheck disable=SC2086 # unit names have no blanks
  units_digest $p_unit
  [ "$digest" = "$p_fence_units" ] || leave stale facts-changed 'the unit files or the env file are not those that the plan saw'
}

# unless_forgotten: the host may be about to be forgotten. Both take their own lock first and then look for the other: of two,
# never both go on. Before it looks, a forget is the last run among the volatile ones.
unless_forgotten() {
  [ -L "$volatile/last" ] || return 0
  scope ''
  holder || leave refused lock-unread "systemd does not tell whether somebody changes the host itself: $unread"
  by_host=$held mine=$run_dir
  run_at "$by_host"
  field "$run_dir/intent" mode
  mode=$field_value
  field "$run_dir/intent" about.only
  run_dir=$mine
  scope "$p_app"
  [ -n "$by_host" ] && [ "$mode" = forget ] && { [ -z "$field_value" ] || [ "$field_value" = "$p_app" ]; } || return 0
  step_aside
  leave lock-held lock-held "$by_host is forgetting this host"
}

# step_aside: this run ends where a forget does not remove its record, and leaves nothing where it does.
step_aside() {
  cp -a "$run_dir" "$volatile/" && rm -rf "$run_dir" "$app_dir/last"
  rmdir "$app_dir/runs" "$app_dir" 2>/dev/null
  run_at "$p_run"
}

recorded() {
  state_of "$rel"
  printf '%s\n' "release $p_release" "state ${release_state:--}" "previous ${before_link:--}" "removed $(removed)"
}

params
seams
begin
rel=$app_dir/releases/$p_release tree=$p_path/releases/$p_release
# What a release that fails becomes.
fallen=failed
before_link=$(readlink "$p_path/current")
release_at "$before_link"
before=$id previous=$id ran_before=''
"mode_$p_mode"
