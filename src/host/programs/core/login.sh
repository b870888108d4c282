# What the login account sees before any privilege; then the facts program through the privilege command.
# Invariant: reads only.
# shellcheck shell=sh
params
user=$(id -un)
say user "$user"
[ -e "/var/lib/systemd/linger/$user" ] && say lingering 1
say uid "$(id -u)"
say home "$HOME"
say shell "${SHELL:-}"
say ssh_connection "${SSH_CONNECTION:-}"
{ denied=$(privileged 2>&1 >&3); status=$?; } 3>&1
if [ "$p_privilege" = root ] && [ "$user" != root ]; then
  say privilege "logged in as $user, not root"
elif [ "$status" -eq 0 ]; then
  say privilege ok
else
  say privilege "${denied:-exit $status}"
fi
exit 0
