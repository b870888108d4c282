# Which releases there are, and what goes.
# shellcheck shell=sh

# history: `SEQ STATE ID` a line, newest first. The order is the recorded seq, never a name or a time.
history() {
  for rel_dir in "$app_dir"/releases/*/; do
    rel_dir=${rel_dir%/}
    [ -f "$rel_dir/meta" ] || continue
    field "$rel_dir/meta" seq
    state_of "$rel_dir"
    printf '%s %s %s\n' "$field_value" "${release_state:-failed}" "${rel_dir##*/}"
  done | sort -rn
}

# prune CURRENT: removes the releases that the plan names.
# Invariant: never the current one, the one to go back to, or an adopted one. A tree, and what we know of it, loses its name
# before it loses a file. False, and what is in the way in $why, when something could not go.
prune() {
  erase "$app_dir"/releases/.trash-* "$p_path"/releases/.trash-* || return 1
  for id in $p_remove; do
    present "$id" || [ -d "$app_dir/releases/$id" ] || continue
    link_of "$id"
    [ "$id" != "$1" ] && [ "$id" != "$p_back" ] && [ "$id" != "$before" ] && [ "$link" = "releases/$id" ] || continue
    for dir in "$p_path/releases" "$app_dir/releases"; do
      [ ! -d "$dir/$id" ] || try mv -T "$dir/$id" "$dir/.trash-$id" || because state-unwritable "cannot remove $dir/$id$reason" || return 1
    done
    erase "$app_dir/releases/.trash-$id" "$p_path/releases/.trash-$id" || return 1
    detail "removed release $id"
  done
  forget_secrets "$1"
}

# forget_secrets CURRENT: the environment of a release that nothing goes back to has no use, and may hold what was rotated since.
forget_secrets() {
  for rel_dir in "$app_dir"/releases/*/; do
    rel_dir=${rel_dir%/} id=${rel_dir##*/}
    state_of "$rel_dir"
    [ -f "$rel_dir/env" ] && ! settled && [ "$id" != "$1" ] && [ "$id" != "$p_back" ] && [ "$id" != "$before" ] || continue
    erase "$rel_dir/env" || return 1
  done
}

# removed: how many went, releases and what uploads had left.
removed() { grep -c '^detail removed ' "$run_dir/notes"; }

# erase PATH…: none of these is there any more.
erase() {
  try rm -rf -- "$@" || because state-unwritable "cannot remove $*$reason"
}

# sweep: what uploads of dead runs left goes.
sweep() {
  for dir in "$p_path"/releases/.partial-*; do
    dead "$dir" || continue
    erase "$dir" || return 1
    detail "removed what the upload $other left"
  done
}

# spared RUN: an upload that may still go on needs its run.
spared() { [ -d "$p_path/releases/.partial-$1" ]; }
