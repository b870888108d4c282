# What is still ours on a host, as a run that forgets it and whoever follows it look at it.
# shellcheck shell=sh

tell() { left=$left$1' '$2$nl; }

# look: how much is left, each of it, and of the trees that nobody asked for those that are there. Where they lie stood in the
# state: the run has noted it.
look() {
  removing='' left=''
  walk
  printf '%s' "$left" | awk '{ print "left." NR " " $0 } END { print "left " NR }'
  [ -r "$run_dir/trees" ] || return 0
  while IFS= read -r tree; do
    [ ! -e "$tree" ] && [ ! -L "$tree" ] || printf '%s\n' "$tree"
  done <"$run_dir/trees" | awk '{ print "stays." NR " " $0 }'
}
