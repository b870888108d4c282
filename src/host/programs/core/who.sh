# Who is at the other end of this connection, as the tailnet proves it.
# shellcheck shell=sh

# connection: SSH_CONNECTION of this session. sudo drops it, and under Tailscale SSH only an ancestor has it.
connection() {
  client=${SSH_CONNECTION:-} pid=$$
  while [ -z "$client" ] && [ "${pid:-0}" -gt 1 ]; do
    client=$(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p')
    parent=0
    while read -r key value; do
      [ "$key" = PPid: ] && parent=$value && break
    done <"/proc/$pid/status" 2>/dev/null
    pid=$parent
  done
}

# who: `user LOGIN<tab>NODE`, `tagged NODE<tab>TAG TAG`, or `unproved WHY`.
# `tailscale whois --json` indents by two spaces: keys of Node and UserProfile sit at four.
who() {
  connection
  [ -n "$client" ] || { say who 'unproved no client address'; return; }
  command -v tailscale >/dev/null || { say who 'unproved no tailscale on this host'; return; }
  whois=$(timeout 5 tailscale whois --json "${client%% *}" 2>&1) || { say who "unproved ${whois%%"$nl"*}"; return; }
  say who "$(printf '%s\n' "$whois" | awk -F'"' '
    /^    "Name": /      { node = $4; sub(/\.$/, "", node) }
    /^    "Tags": \[$/   { in_tags = 1; next }
    in_tags && /^    \]/ { in_tags = 0 }
    in_tags              { tags = tags (tags == "" ? "" : " ") $2 }
    /^    "LoginName": / { login = $4 }
    END {
      if (tags != "") printf "tagged %s\t%s", node, tags
      else if (login != "") printf "user %s\t%s", login, node
      else printf "unproved tailscale whois said nothing we know"
    }')"
}
