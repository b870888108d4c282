# The state of a release: staged, active, proven, stable (it stayed up, and nothing was asked of it), failed or left.
# shellcheck shell=sh

# mark REL STATE: written in place, one block of fixed length, so that a full disk cannot stop it.
mark() {
  printf '%-6s\n' "$2" 1<>"$1/state" && sync "$1/state"
}

# state_of REL: into $release_state; '' when there is no such release.
state_of() {
  release_state=''
  [ ! -r "$1/state" ] || read -r release_state <"$1/state"
}

# settled: is it one to go back to?
settled() {
  case $release_state in proven | stable) ;; *) return 1 ;; esac
}
