# A closer look at the release of an app that serves: its tree against its manifest, or its probes.
# Invariant: reads only.
# shellcheck shell=sh
p_look='' p_run='' p_digest='' ticks='' going_back=''

# look_tree: every path, mode and content.
look_tree() {
  [ -f "$rel/manifest" ] || { say unknown "it has no manifest: what its files should be is not known"; return; }
  if verify_tree "$tree" "$rel/manifest"; then say tree same; else say differs "$why"; fi
}

# look_probes: each of them once, whatever became of the one before.
look_probes() {
  while IFS= read -r line; do
    case $line in probe\ *) question "$line" && ask_once ;; esac
  done <"$rel/spec"
}

ask_once() {
  if "probe_$kind"; then answered=yes; else answered=no; fi
  say probe "id=$id"
  say probe "target=$target"
  say probe "answered=$answered"
  say probe "observed=$observed"
  say probe ''
}

params
seams
current=$(readlink -- "$p_path/current")
release_at "$current"
[ -n "$id" ] || refuse release-unknown "current is ${current:-missing}: no release that ops knows"
rel=$app_dir/releases/$id tree=$lies_at
"look_$p_look"
exit 0
