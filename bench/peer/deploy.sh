#!/bin/sh
# What a careful person writes by hand: upload against the last release with checksums, then one ssh that flushes, swaps,
# restarts, watches and asks. With a SOCKET both go over one connection, which ends with the script.
# usage: deploy.sh TREE USER@HOST [SOCKET]
set -eu
tree=$1 host=$2 socket=${3-} release=$(date +%s%N)
ssh=ssh
if [ -n "$socket" ]; then
  ssh="ssh -o ControlMaster=auto -o ControlPath=$socket -o ControlPersist=10"
  trap '$ssh -O exit "$host" 2>/dev/null' EXIT
fi

rsync -a --checksum --rsh="$ssh" --rsync-path='sudo -n rsync' --link-dest=/srv/by-hand/current/ "$tree/" "$host:/srv/by-hand/releases/$release/"

$ssh "$host" sudo -n sh -s "$release" <<'EOF'
set -eu
cd /srv/by-hand
sync -f "releases/$1"
ln -s "releases/$1" .next && mv -T .next current && sync .
systemctl restart by-hand
started=$(systemctl show -p ActiveState,InvocationID,NRestarts by-hand)
sleep 1
[ "$(systemctl show -p ActiveState,InvocationID,NRestarts by-hand)" = "$started" ]
try=0
until curl -sSf -o /dev/null http://127.0.0.1:3002/health; do
  try=$((try + 1))
  [ "$try" -lt 100 ]
  sleep 0.1
done
EOF
