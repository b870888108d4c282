# The layout of an app that ops deploys: releases/ID, made final and never changed, and `current`, a link to one of them.
# shellcheck shell=sh

# link_of ID: what `current` points to for this release, into $link, and the folder that it means, into $lies_at. An adopted one
# names its old place.
link_of() {
  field "$app_dir/releases/$1/meta" link
  link=${field_value:-releases/$1}
  case $link in /*) lies_at=$link ;; *) lies_at=$p_path/$link ;; esac
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
  [ -d "$lies_at" ]
}

# swap LINK: `current` becomes LINK in one rename(2). Invariant: no reader ever finds `current` missing or half.
swap() {
  swap_new=$p_path/.current-$p_run
  rm -f "$p_path"/.current-*
  ln -sT -- "$1" "$swap_new" && mv -fT "$swap_new" "$p_path/current" && sync "$p_path" && [ "$(readlink "$p_path/current")" = "$1" ]
}

# new_release: the uploaded tree becomes a release, finished and for ever the same. Nothing that runs is touched.
new_release() {
  partial=$p_path/releases/.partial-$p_run
  phase verify
  [ -d "$partial" ] || leave refused upload-missing "nothing was uploaded for run $p_run"
  try describe "$app_dir/releases/.new" || unwritable "$app_dir"
  # Nobody writes to either any more: they can go to disk while the tree is read.
  sync -f "$partial" "$app_dir/releases/.new" &
  flush=$!
  sum=$(sha256sum <"$run_dir/manifest")
  [ "${sum%% *}" = "$p_digest" ] || leave failed manifest-mismatch 'the manifest on this host is not the one of the plan'
  if ! verify_tree "$partial" "$run_dir/manifest"; then
    rm -rf -- "$partial"
    leave failed tree-mismatch "$why"
  fi
  phase record
  wait "$flush" || { reason=': not all of it reached the disk'; unwritable "$partial"; }
  try rename "$app_dir/releases/.new" "$rel" || unwritable "$app_dir/releases"
  try rename "$partial" "$tree" || unwritable "$p_path/releases"
}

# rename FROM TO: also through a power cut.
rename() { mv -T "$1" "$2" && sync "${2%/*}"; }

unwritable() {
  stopped && leave refused stopped 'stopped before the swap'
  leave refused state-unwritable "cannot write $1$reason"
}

# describe DIR: what the release is and needs, kept with it, so that going back to it asks nobody.
describe() {
  seq=$(history) seq=${seq%% *}
  rm -rf "$1" && mkdir "$1" "$1/units" "$1/dropins" && cp "$run_dir/manifest" "$run_dir/data/spec" "$1/" || return 1
  { echo "seq=$((${seq:-0} + 1))" && cat "$run_dir/data/meta"; } | write "$1/meta" &&
    printf '%-6s\n' staged | write "$1/state" || return 1
  for file in "$run_dir"/data/unit.* "$run_dir"/data/dropin.* "$run_dir"/data/env; do
    [ -f "$file" ] || continue
    name=${file##*/}
    case $name in unit.*) name=units/${name#unit.} ;; dropin.*) name=dropins/${name#dropin.} ;; esac
    (umask 077 && cp "$file" "$1/$name") || return 1
  done
}
