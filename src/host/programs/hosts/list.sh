# Lists everything of ours on this host.
# Invariant: reads only.
# shellcheck shell=sh

tell() { say belonging "$1 $2"; }

params
seams
known_schema
walk
[ -z "$unsafe" ] || refuse target-unsafe "$unsafe"
exit 0
