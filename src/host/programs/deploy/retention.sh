# Which releases there are, which one to go back to, and which stay.
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

# link_of ID: what `current` points to for this release, into $link; an adopted one names its old place.
link_of() {
  field "$app_dir/releases/$1/meta" link
  link=${field_value:-releases/$1}
}

# release_at LINK: the id that `current` means, into $id; '' when it is none of ours.
release_at() {
  for rel_dir in "$app_dir"/releases/*/; do
    rel_dir=${rel_dir%/} id=${rel_dir##*/}
    [ -f "$rel_dir/meta" ] && link_of "$id" && [ "$link" = "$1" ] && return 0
  done
  id=''
}

present() {
  [ -n "$1" ] && [ -f "$app_dir/releases/$1/meta" ] || return 1
  link_of "$1"
  case $link in /*) [ -d "$link" ] ;; *) [ -d "$p_path/$link" ] ;; esac
}

# way_back FROM: where to go when FROM fails, into $back: what served before if it was proven, else the newest proven release,
# else what served before all the same.
way_back() {
  for back in $previous $(history | awk '$2 == "proven" { print $3 }'); do
    state_of "$app_dir/releases/$back"
    [ "$back" != "$1" ] && [ "$release_state" = proven ] && present "$back" && return 0
  done
  back=$previous
  state_of "$app_dir/releases/$back"
  [ "$back" != "$1" ] && [ "$release_state" = active ] && present "$back" && return 0
  back=''
  return 1
}

# prune KEEP CURRENT: removes releases beyond the newest KEEP. Those that failed take nobody's place: of them the newest stays.
# Invariant: never the current one, the one to go back to, or an adopted one. A tree, and what we know of it, loses its name
# before it loses a file. False, and what is in the way in $why, when something could not go.
prune() {
  way_back "$2"
  erase "$app_dir"/releases/.trash-* "$p_path"/releases/.trash-* || return 1
  for id in $(history | awk -v keep="$1" '($2 == "failed" ? ++failed > 1 : ++kept > keep) { print $3 }'); do
    link_of "$id"
    [ "$id" != "$2" ] && [ "$id" != "$back" ] && [ "$id" != "$before" ] && [ "$link" = "releases/$id" ] || continue
    for dir in "$p_path/releases" "$app_dir/releases"; do
      [ ! -d "$dir/$id" ] || mv -T "$dir/$id" "$dir/.trash-$id" || because state-unwritable "cannot remove $dir/$id" || return 1
    done
    erase "$app_dir/releases/.trash-$id" "$p_path/releases/.trash-$id" || return 1
    detail "removed release $id"
  done
}

# erase PATH…: none of these is there any more.
erase() {
  rm -rf -- "$@" 2>/dev/null || because state-unwritable "cannot remove $*"
}

# sweep: what uploads of dead runs left goes.
sweep() {
  for dir in "$p_path"/releases/.partial-*; do
    dead "$dir" || continue
    erase "$dir" || return 1
    detail "removed what the upload $other left"
  done
}

# prune_runs: the traces of the last 30 runs stay, and those of uploads that may still go on.
prune_runs() {
  # shellcheck disable=SC2012 # run ids are plain words
  ls -1t "$app_dir/runs" | tail -n +31 | while IFS= read -r old; do
    [ -d "$p_path/releases/.partial-$old" ] || [ "$old" = "$p_run" ] || rm -rf -- "${app_dir:?}/runs/$old"
  done
}
