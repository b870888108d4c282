# Runs one host until it powers off or crashes. A reboot from inside (nspawn says 133) boots it again in a fresh network
# namespace: in the old one firewall rules would survive what they do not survive on a real machine.
# usage (in a mount namespace of its own): host.sh LOWER DIR SWITCH_PID PORT ADDRESS CHECKOUT CGROUP…
set -u
lower=$1 dir=$2 switch=$3 port=$4 address=$5 checkout=$6
shift 6

# nspawn keeps a directory for each container there; on a private tmpfs none outlives it.
mkdir -p /run/systemd/nspawn
mount -t tmpfs nspawn /run/systemd/nspawn
mount -t overlay lab -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" "$dir/root" || exit

boot() {
  for cgroup; do echo 0 > "$cgroup/cgroup.procs"; done
  SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes exec unshare --net sh "${0%/*}/plug.sh" "$switch" "$port" "$address" \
    systemd-nspawn --quiet --register=no --keep-unit --network-namespace-path=/proc/self/ns/net \
    --machine="$port" --hostname="$port" --resolv-conf=off --timezone=off --link-journal=no \
    --capability=all --system-call-filter='add_key keyctl bpf' --bind=/dev/net/tun --bind-ro="$checkout":/opt/ops \
    --directory="$dir/root" --boot --console=pipe
}
while (boot "$@"); [ $? -eq 133 ]; do :; done
