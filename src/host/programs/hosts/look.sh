# What is still ours on a host, as a run that forgets it and whoever follows it look at it.
# shellcheck shell=sh

tell() { left=$left$1' '$2$nl; }

# look: how much is left, each of it, and each tree that nobody asked for.
look() {
  removing='' left=''
  walk
  printf '%s' "$left" | awk '{ print "left." NR " " $0 } END { print "left " NR }'
  [ ! -s "$run_dir/stays" ] || awk '{ print "stays." NR " " $0 }' "$run_dir/stays"
}
