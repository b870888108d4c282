# Everything of ours on this host. Each capability adds a function belongings_NAME, and NAME to $owners.
# Invariant: list and remove walk the same way, so that what is listed is what goes.
# shellcheck shell=sh
owners='' removing='' failed='' others='' stays='' unsafe=''

# could_not TEXT: the first thing that could not be done is kept in $failed, and the walk goes on.
could_not() { failed=${failed:-cannot $1$reason}; }

# item KIND PATH: tells of it, and removes it when we are at that.
item() {
  [ -e "$2" ] || [ -L "$2" ] || return 0
  tell "$1" "$2"
  [ "$removing" = 1 ] || return 0
  is_planned "$1 $2" || return 0
  try rm -rf -- "$2" || could_not "remove $2"
}

# walk: the state goes last, and only when nobody needs it any more: where something could not go, the state alone tells the
# next walk where it lies.
walk() {
  others=''
  for owner in $owners; do "belongings_$owner"; done
  [ -z "$others$failed" ] || return 0
  item state "$state"
  [ "$removing" != 1 ] || rmdir "$env_dir" 2>/dev/null
  return 0
}
