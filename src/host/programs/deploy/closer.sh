# A closer look at the release of an app that serves: its tree against its manifest, or its probes.
# Invariant: reads only.
# shellcheck shell=sh
p_look='' ticks='' going_back=''

# look_tree: every path, mode and content.
look_tree() {
  [ -f "$rel/manifest" ] || { say unknown "$id has no manifest on this host"; return; }
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
link=$(readlink -- "$p_path/current")
id=${link#releases/}
rel=$app_dir/releases/$id tree=$p_path/releases/$id
[ "$link" = "releases/$id" ] && [ -f "$rel/meta" ] || refuse release-unknown "current is ${link:-missing}: no release that ops put there"
"look_$p_look"
exit 0
