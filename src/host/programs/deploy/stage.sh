# Makes the place an upload goes to: a partial tree that already holds everything the base release shares with the new one.
# Invariant: no finished release, no unit and not `current` is touched; what is made here can be thrown away at any time.
# shellcheck shell=sh
p_run='' p_user='' p_release='' p_base='' p_digest='' p_by='' p_mode='' p_shared='' p_link=''

# ours: refuses a place that another app, another tool or a newer ops owns.
ours() {
  known_schema
  at=$p_path
  [ ! -r "$app_dir/path" ] || read -r at <"$app_dir/path"
  [ "$at" = "$p_path" ] || refuse target-moved "$p_app is in $at on this host"
  [ -e "$p_path/current" ] && [ ! -L "$p_path/current" ] && refuse target-foreign "$p_path/current is not a symbolic link"
  holds_anything
  mark_in "$p_path"
  if [ -n "$marked" ]; then
    [ "$marked" = "$p_app" ] || refuse target-other "$p_path belongs to the app $marked"
  elif [ -n "$anything" ] && [ -z "$p_link" ]; then
    refuse target-foreign "$p_path is not empty and not ours"
  fi
}

# only_ours: refuses a place where others could put something else in the way of what we write.
only_ours() {
  place_guarded || refuse target-unsafe "$(whose_open): nothing was written there"
}

# taken: the same of a place that changes hands for it.
taken() {
  said=''
  take_folders || refuse target-unsafe "$said"
  only_ours
}

# unwritable DETAIL: for when the state was there already.
unwritable() {
  still_ours "$app_dir/runs"
  refuse target-unwritable "$1"
}

# note FILE TEXT: the file says so. No lock is held here: another first deploy may write the same at the same moment.
note() {
  put_by=$$-
  noted "$@" || try put_note "$@" || noted "$@" || unwritable "cannot write $1$reason"
}

put_note() { printf '%s\n' "$2" | put "$1" 644; }

noted() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

# remember PATH: in what is to be taken over, what we make is remembered: it goes when it comes to nothing.
remember() {
  missing=$1
  [ -z "$p_link" ] || while [ ! -e "$missing" ]; do
    printf '%s\n' "$missing" >>"$app_dir/made"
    missing=${missing%/*}
  done
}

# folder DIR: is there.
folder() {
  remember "$1"
  make "$1" || unwritable "cannot make $1$reason"
}

# shared_folder: a program may write beside its file (SQLite does), so the folder that we make is the app's own.
shared_folder() {
  [ -d "$p_path/shared" ] || give folder "$p_path/shared"
}

# share KIND PATH: what is there stays, whatever it is. Below a folder that others can change it is made as the app: no link that is
# put there leads root anywhere.
share() {
  at=$p_path/shared/$2
  [ ! -e "$at" ] && [ ! -L "$at" ] || return 0
  if guarded "${at%/*}"; then
    give "$1" "$at"
  else
    remember "$at"
    try as_user sh -c "$make_entry" sh "$1" "$at" || unwritable "cannot make $at$reason"
  fi
}

# shellcheck disable=SC2016
make_entry='mkdir -p -- "${2%/*}" && if [ "$1" = file ]; then umask 077 && : >>"$2"; else mkdir -p -- "$2"; fi'

# give KIND PATH: the app's own, in a folder that is ours. It gets its name when it is the app's: one that is there stays as it is.
give() {
  remember "$2"
  give_new=${2%/*}/.ops-new-$p_run
  rm -rf -- "$give_new"
  try hand_over "$@" || unwritable "cannot make $2$reason"
}

hand_over() {
  mkdir -p -- "${2%/*}" && sh -c "$make_entry" sh "$1" "$give_new" || return 1
  [ "$p_privilege" = none ] || chown -h "$p_user:" -- "$give_new" || return 1
  mv -nT -- "$give_new" "$2"
  rm -rf -- "$give_new"
  [ -e "$2" ]
}

# folders: the state first, and the mark before anything else is in the target: what fails half-way stays ours to finish.
folders() {
  make "$app_dir/releases" "$app_dir/runs" || refuse target-unwritable "cannot make $app_dir$reason"
  note "$state/schema" 1
  note "$app_dir/path" "$p_path"
  [ -z "$p_take" ] || taken
  make "$p_path" || unwritable "cannot make $p_path$reason"
  # What is to be taken over gets its mark inside the transaction: an upload that fails leaves it nobody's.
  [ -n "$p_link" ] || note "$p_path/.ops" "app $p_app"
  folder "$p_path/releases"
  shared_folder
  try ls -d -- "$p_path/releases/." || unwritable "cannot enter $p_path/releases$reason"
  releases=$(cd -P -- "$p_path/releases" && pwd -P)
  while read -r kind name; do
    [ -z "$name" ] || share "$kind" "$name"
  done <<LINES
$p_shared
LINES
}

# tidy: partials of dead runs go, or become ours when they were on the way to the very same tree from the same base.
tidy() {
  for dir in "$releases"/.partial-* "$releases"/.trash-*; do
    dead "$dir" || continue
    field "$intent" digest
    wanted=$field_value
    field "$intent" base
    if [ ! -e "$partial" ] && [ -e "${intent%/*}/shaped" ] && [ "$wanted:$field_value" = "$p_digest:$p_base" ]; then
      mv -T "$dir" "$partial"
    elif [ "$age" -ge 600 ]; then
      rm -rf -- "$dir"
    fi
  done
}

# still_ours PATH: refuses when what was there a moment ago has gone: another run was quicker, or this host is being forgotten. Then
# the places for an upload that nobody knows of go again, where nothing is in them.
still_ours() {
  [ ! -e "$1" ] || return 0
  [ -n "$p_link" ] || [ -e "$app_dir/path" ] || {
    rmdir "$p_path/releases" "$p_path/shared"
    [ -e "$p_path/releases" ] || rm -f "$p_path/.ops"
    rmdir "$p_path"
  } 2>/dev/null
  still_there "$1"
}

# give_up DETAIL: what was begun goes, too: the disk may be full of it.
give_up() {
  rm -rf -- "$partial"
  still_ours "$app_dir/runs"
  refuse stage-failed "$1"
}

# paths TYPE FILE: the NUL-separated paths of one type in manifest lines.
paths() {
  awk -F'\t' -v type="$1" 'index(type, $1) { print $4 }' "$2" | tr '\n' '\0'
}

# open_run: the folder of the run, what it was sent, and whose it is.
open_run() {
  umask 077
  # Not its parents: a state that was forgotten a moment ago would come back without what tells where the app lies.
  { [ -d "$run_dir" ] || mkdir "$run_dir"; } && blobs "$run_dir" || return 1
  read -r boot </proc/sys/kernel/random/boot_id
  printf '%s\n' "by=$p_by" "since=$(date +%s)" "boot=$boot" "mode=$p_mode" "release=$p_release" "base=$p_base" "digest=$p_digest" |
    write "$run_dir/intent"
}

# full_manifest: base - drop + add.
full_manifest() {
  if [ -n "$p_base" ]; then
    comm -23 "$app_dir/releases/$p_base/manifest" "$run_dir/drop" | sort -m - "$run_dir/add" >"$run_dir/manifest"
  else
    cp "$run_dir/add" "$run_dir/manifest"
  fi
}

# begin_tree: a tree of our own that holds the base.
begin_tree() {
  if [ -z "$p_base" ]; then
    # A set-group-id that the folder above hands down would go on to every folder of the tree.
    mkdir "$partial" && chmod ug-s "$partial"
  elif [ "$p_privilege" = none ]; then
    # The app runs as the owner of the tree: it could write through a link into the base.
    cp -a --reflink=auto -- "$base" "$partial"
  else
    cp -al -- "$base" "$partial"
  fi && chmod 755 "$partial"
}

# shape: what is dropped goes, and new folders come.
shape() {
  cd "$partial" &&
    if [ -s "$run_dir/drop" ]; then
      paths fl "$run_dir/drop" | xargs -0r rm -f -- && paths d "$run_dir/drop" | sort -rz | xargs -0r rmdir --
    fi && paths d "$run_dir/add" | xargs -0r mkdir -p --
}

# grow: the tree as its manifest has it. Files that change are dropped, not overwritten: a hard link is shared with the base.
grow() {
  base=$releases/$p_base
  if [ -n "$p_base" ]; then
    [ -f "$app_dir/releases/$p_base/manifest" ] && [ -d "$base" ] || refuse manifest-mismatch "release $p_base is not complete on this host"
  fi
  try full_manifest || unwritable "cannot write $run_dir/manifest$reason"
  sum=$(sha256sum <"$run_dir/manifest")
  [ "${sum%% *}" = "$p_digest" ] || refuse manifest-mismatch "base, drop and add do not give the manifest $p_digest"
  [ ! -e "$partial" ] || return 0
  try begin_tree || give_up "cannot make $partial$reason"
  try shape || give_up "cannot shape $partial$reason"
}

# links: every symbolic link that is new.
links() {
  awk -F'\t' '$1 == "l" { print $3; print $4 }' "$run_dir/add" | tr '\n' '\0' | (cd "$partial" && xargs -0r -n2 ln -sfnT --)
}

params
seams
user=$p_user
ours
# What the upload builds on is of an app that was here.
[ -z "$p_base" ] || still_there "$app_dir/path"
[ -n "$p_take" ] || only_ours
folders
run_dir=$app_dir/runs/$p_run partial=$releases/.partial-$p_run
try open_run || unwritable "cannot write $run_dir$reason"
tidy
grow
try links || give_up "cannot make the symbolic links in $partial$reason"
: >"$run_dir/shaped"
say partial "$partial"
exit 0
