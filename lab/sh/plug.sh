# Plugs this network namespace into the switch, then becomes the command.
# usage (in a network namespace of its own): plug.sh SWITCH_PID PORT ADDRESS COMMAND…
set -eu
switch=$1 port=$2 address=$3
shift 3
in_switch() { nsenter --target "$switch" --net "$@"; }

# The port of a host that just crashed can outlive it for a moment.
in_switch ip link del dev "$port" 2> /dev/null || :
ip link add eth0 type veth peer name "$port" netns "$switch"
in_switch ip link set dev "$port" master lab up
ip link set lo up
ip addr add "$address/24" dev eth0
ip link set eth0 up
ip route add default via 10.77.0.1
exec "$@"
