# Removes everything of ours from this host, or all of one app. What is left is looked at afterwards: that is the outcome.
# Invariant: only what the plan lists goes. While an app's run lives nothing does: of the two, never both go on.
# shellcheck shell=sh
p_run='' p_mode='' p_only=''

# nobody_deploys: every app's lock is free; a first deploy has its unit before it has a folder.
nobody_deploys() {
  see_locks || finish refused lock-unread "systemd does not tell whether somebody deploys: $unread"
  for app in $(printf '%s\n' "$locks" | sed -n 's/^Id=ops-app-\(.*\)\.service$/\1/p'); do
    [ -z "$p_only" ] || [ "$p_only" = "$app" ] || continue
    scope "$app"
    held_then
    [ -z "$held" ] || finish lock-held lock-held "run $held of $app is going on"
  done
  scope ''
}

# is_planned LINE: nothing else goes, also when it came a moment ago.
is_planned() { grep -qxF -e "$1" "$run_dir/data/belongings"; }

params
seams
begin
phase fence
stopped && finish refused stopped 'stopped before anything was removed'
nobody_deploys
left=''
walk
[ "$left" = "$(cat "$run_dir/data/belongings")$nl" ] || finish stale facts-changed 'what is ours here is not what the plan saw'
[ -z "$unsafe" ] || finish refused target-unsafe "$unsafe"
phase remove
removing=1
walk
removing='' trouble=$failed failed=''
printf '%s' "$stays" >"$run_dir/trees"
sctl daemon-reload
# Who was about to deploy may have written its trace, or made the place for an upload, meanwhile: that goes as well, once they were
# refused in our favour.
for _ in 1 2 3 4 5 6; do
  left=''
  walk
  [ -n "$left" ] && [ -z "$failed" ] || break
  sleep 0.5
  removing=1
  walk
  removing=''
done
[ -z "$left" ] || { printf '%s' "$left" | while IFS= read -r line; do detail "$line"; done; finish stuck forget-failed "not everything could be removed${trouble:+: $trouble}"; }
finish 'done'
