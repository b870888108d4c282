# The lab's switch: a bridge in a network namespace without any way out, which lives as long as this process.
# usage (in a network namespace of its own): switch.sh READY
set -eu
ip link set lo up
ip link add lab type bridge
ip addr add 10.77.0.1/24 dev lab
ip link set lab up
: > "$1"
exec sleep infinity
