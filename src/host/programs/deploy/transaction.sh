# The transaction: everything between a complete upload and a proven release, inside the unit that is the lock.
# Invariant: `current` always resolves to a complete release. The record, fsynced last, is the outcome; without it nothing is claimed.
# shellcheck shell=sh
p_run='' p_mode='' p_release='' p_digest='' p_fence_current='' p_fence_units='' p_unit='' p_keep='' p_back='' p_left='' p_code='' p_why=''

# fence: the host is as the plan saw it, or we stop before anything has changed.
fence() {
  phase fence
  stopped && finish refused stopped 'stopped before the swap'
  field "$p_path/.ops" app
  [ "$field_value" = "$p_app" ] || finish refused target-foreign "$p_path is not marked as ours"
  [ "${before_link:--}" = "$p_fence_current" ] || finish stale facts-changed "current is ${before_link:-missing}, the plan saw $p_fence_current"
  # What is taken back was installed a moment ago, and all of it goes.
  [ "$p_mode" != back ] || return 0
  # shellcheck disable=SC2086 # unit names have no blanks
  units_digest $p_unit
  [ "$digest" = "$p_fence_units" ] || finish stale facts-changed 'the unit files or the env file are not those that the plan saw'
}

# new_release: the uploaded tree becomes a release, finished and for ever the same. Nothing that runs is touched.
new_release() {
  partial=$p_path/releases/.partial-$p_run
  phase verify
  [ -d "$partial" ] || finish refused upload-missing "nothing was uploaded for run $p_run"
  describe "$app_dir/releases/.new" || unwritable "$app_dir"
  # Nobody writes to either any more: they can go to disk while the tree is read.
  sync -f "$partial" "$app_dir/releases/.new" &
  flush=$!
  sum=$(sha256sum <"$run_dir/manifest")
  [ "${sum%% *}" = "$p_digest" ] || finish verification-failed manifest-mismatch 'the manifest on this host is not the one of the plan'
  if ! verify_tree "$partial" "$run_dir/manifest"; then
    rm -rf -- "$partial"
    finish verification-failed tree-mismatch "$why"
  fi
  phase record
  wait "$flush" && mv -T "$app_dir/releases/.new" "$rel" && sync "$app_dir/releases" || unwritable "$app_dir"
  mv -T "$partial" "$tree" && sync "$p_path/releases" || unwritable "$p_path/releases"
}

unwritable() {
  stopped && finish refused stopped 'stopped before the swap'
  finish refused state-unwritable "cannot write $1"
}

# describe DIR: what the release is and needs, kept with it, so that going back to it asks nobody.
describe() {
  seq=$(history) seq=${seq%% *}
  rm -rf "$1" && mkdir "$1" "$1/units" "$1/dropins" && cp "$run_dir/manifest" "$run_dir/data/spec" "$1/" || return 1
  { echo "seq=$((${seq:-0} + 1))" && cat "$run_dir/data/meta"; } >"$1/meta" && printf '%-6s\n' staged >"$1/state" || return 1
  for file in "$run_dir"/data/unit.* "$run_dir"/data/dropin.* "$run_dir"/data/env; do
    [ -f "$file" ] || continue
    name=${file##*/}
    case $name in unit.*) name=units/${name#unit.} ;; dropin.*) name=dropins/${name#dropin.} ;; esac
    (umask 077 && cp "$file" "$1/$name") || return 1
  done
}

# spec REL: the services, times and account of a release, as it was deployed.
spec() {
  services='' awaits='' user=root stable_ms=auto start_ms=60000 seen='' invocations='' ran=''
  while read -r key value rest; do
    case $key in
      user) user=$value ;;
      stable_ms) stable_ms=$value ;;
      start_ms) start_ms=$value ;;
      awaits) awaits=$value ;;
      service) services=$services${services:+ }$rest ;;
    esac
  done <"$1/spec"
}

# before_swap: can this release run at all?
before_swap() {
  phase check
  spec "$rel"
  # shellcheck disable=SC2016
  as_user sh -c 'cd -- "$1"' sh "$tree" 2>/dev/null || because user-cannot-read "$user cannot enter $tree" || return 1
  for file in "$rel"/units/*; do
    [ -f "$file" ] || continue
    may_write "$file" || because unit-foreign "$taken was not made by ops" || return 1
    cmp -s "$file" "$unit_dir/${file##*/}" || check_unit "$file" || return 1
  done
  [ "$p_mode" = deploy ] || return 0
  while read -r key rest; do
    [ "$key" != check ] || run_check "$rest" || return 1
  done <"$rel/spec"
}

# check_unit FILE: what systemd itself thinks of it, with `current` read as the new tree.
check_unit() {
  mkdir -p "$run_dir/verify" && from=$p_path/current to=$tree awk '
    { out = ""
      while ((at = index($0, ENVIRON["from"])) > 0) {
        out = out substr($0, 1, at - 1) ENVIRON["to"]; $0 = substr($0, at + length(ENVIRON["from"])) }
      print out $0 }' "$1" >"$run_dir/verify/${1##*/}"
  said=$(systemd-analyze "$manager" --man=no verify "$run_dir/verify/${1##*/}" 2>&1) && return 0
  # It also complains of units that this one only names.
  case $said in *"${1##*/}"*) because unit-invalid "${1##*/}: ${said##*"$run_dir/verify/"}" ;; esac
}

# run_check WORDS: in the new tree, as the account of the app. systemd reads the env file for it just as for the service.
run_check() {
  words=$1
  set -f --
  for encoded in $words; do
    word "$encoded"
    set -- "$@" "$decoded"
  done
  set +f
  shown=$*
  # shellcheck disable=SC2016
  set -- -p WorkingDirectory="$tree" -- /bin/sh -c 'exec "$@"' sh "$@"
  [ ! -f "$rel/env" ] || set -- -p EnvironmentFile="$rel/env" "$@"
  [ "$p_privilege" = none ] || set -- -p User="$user" "$@"
  said=$(systemd-run "$manager" --quiet --wait --pipe --collect -p RuntimeMaxSec=300 "$@" 2>&1 </dev/null) && return 0
  printf '%s\n' "$said" | tail -n 10 | while IFS= read -r line; do detail "$line"; done
  because check-failed "check failed: $shown"
}

# activate ID: makes this release the one that runs, whichever way we are going, and proves it.
activate() {
  chosen=$app_dir/releases/$1
  spec "$chosen"
  link_of "$1"
  phase swap
  swap "$link" || because swap-failed "cannot point $p_path/current at $link" || return 1
  state_of "$chosen"
  [ "$release_state" != staged ] || mark "$chosen" active
  phase units
  install_files "$chosen" || install_trouble "$1" || return 1
  phase start
  restart || unit_trouble || return 1
  remember
  phase stable
  stay || unit_trouble || return 1
  phase probe
  probes "$chosen" || return 1
  same_processes || unit_trouble || return 1
  for unit in $services; do evidence "$unit" stable "the same process for $stable ms"; done
  # Where an operator has to ask as well, `confirm` says when it was proven.
  case $awaits/$release_state in /* | */proven) ;; *) return 0 ;; esac
  mark "$chosen" proven || because state-unwritable "cannot write $chosen"
}

# remember: the processes that ran this release, also those that ended at once: its logs are theirs. One that a release has
# already is not new: a restart that systemd refused leaves the process from before.
remember() {
  read -r boot </proc/sys/kernel/random/boot_id
  printf '%s' "$ran" | while read -r unit invocation pid; do
    grep -qsF -e "$invocation" "$app_dir"/releases/*/invocations ||
      printf '%s %s %s %s\n' "$unit" "$invocation" "$pid" "$boot" >>"$chosen/invocations"
  done
}

# install_trouble ID: a reason is one line, what systemctl says may be more.
install_trouble() {
  said=$(printf %s "$said" | head -n 3 | tr '\n' ' ')
  because install-failed "cannot install the files of release $1${said:+: $said}"
}

unit_trouble() {
  remember
  last_words "$bad_unit"
  because "$bad_code" "$bad_unit: $bad_why"
}

# go_back FROM [STATE]: the same way, leaving FROM as STATE, to a release that was proven. A first deploy has none: then
# nothing of it stays.
go_back() {
  unless_shutdown
  going_back=1 first_code=$code first_why=$why
  [ ! -d "$app_dir/releases/$1" ] || mark "$app_dir/releases/$1" "${2:-$fallen}"
  phase back
  if way_back "$1"; then
    activate "$back" && finish rolled-back "$first_code" "$first_why"
    unless_shutdown
    detail "going back to $back failed too: $why"
    finish not-serving "$first_code" "$first_why"
  fi
  [ ! -r "$app_dir/releases/$1/spec" ] || spec "$app_dir/releases/$1"
  # A link that was never ours is put back, one of ours has nothing to point to.
  if [ -n "$before_link" ] && [ -z "$before" ]; then swap "$before_link"; else rm -f "$p_path/current" && sync "$p_path"; fi
  remove_created "$nl" && sctl daemon-reload && rm -f "$app_dir/installing"
  # A unit whose file is gone would go on being listed as failed.
  # shellcheck disable=SC2086
  [ -z "$services" ] || sctl reset-failed -- $services 2>/dev/null
  # What is left was there before us. It goes on as it was, if it was running.
  for unit in $services; do
    case " $ran_before " in *" $unit "*) sctl try-restart -- "$unit" ;; *) sctl stop -- "$unit" ;; esac
  done 2>/dev/null
  finish not-serving "$first_code" "$first_why"
}

# recall RUN: what served before a run, as it noted it.
recall() {
  [ -r "$app_dir/runs/$1/before" ] || return 0
  while read -r key value; do
    case $key in release) previous=$value ;; unit) ran_before="$ran_before $value" ;; esac
  done <"$app_dir/runs/$1/before"
}

# note_before: what served before this run, for whoever has to go back in its place. Without it they take the newest proven one.
note_before() {
  { echo "release $previous" && for unit in $ran_before; do echo "unit $unit"; done; } >"$run_dir/before" && sync "$run_dir/before"
}

# resume: converges what an interrupted run left: what is current is proven now, or left for the release before it.
resume() {
  code=interrupted why="run $interrupted was cut off"
  [ -n "$before" ] || go_back "$p_release"
  state_of "$app_dir/releases/$before"
  [ "$release_state" != failed ] || go_back "$before"
  field "$app_dir/runs/$interrupted/intent" mode
  [ "$field_value" != rollback ] || fallen=proven
  activate "$before" || go_back "$before"
  field "$app_dir/runs/$interrupted/intent" release
  [ "$before" != "$field_value" ] || finish deployed
  finish rolled-back interrupted "$why; release $before serves"
}

params
seams
run_dir=$app_dir/runs/$p_run rel=$app_dir/releases/$p_release tree=$p_path/releases/$p_release
stop='' going_back='' code='' why='' started=$(date +%s)
# What a release that fails becomes. One that a rollback goes to was proven: that it fails now takes nothing from that.
fallen=failed
trap 'stop=1' TERM
interrupted=$(readlink "$app_dir/last")
interrupted=${interrupted##*/}
(umask 077 && mkdir -p "$run_dir/data" && blobs "$run_dir/data" && : >"$run_dir/notes") && ln -sfn "runs/$p_run" "$app_dir/last" || exit 1
before_link=$(readlink "$p_path/current")
release_at "$before_link"
before=$id previous=$id ran_before=''
fence
case $p_mode in
  deploy) new_release ;;
  resume | back)
    previous=''
    recall "$interrupted"
    note_before
    [ "$p_mode" = back ] || resume
    # It was proven here, and then somewhere else something failed. What a rollback has just left is proven again.
    previous=$p_back code=$p_code why=$p_why
    state_of "$app_dir/releases/$p_back"
    [ "$release_state" != left ] || mark "$app_dir/releases/$p_back" proven
    go_back "$p_release" "$p_left"
    ;;
  prune)
    sweep && prune "$p_keep" "$before" || finish refused "$code" "$why"
    finish pruned
    ;;
  rollback)
    fallen=proven
    present "$p_release" || finish refused release-missing "the tree of release $p_release is not on this host"
    case $link in /*) tree=$link ;; *) tree=$p_path/$link ;; esac
    phase verify
    [ ! -f "$rel/manifest" ] || verify_tree "$tree" "$rel/manifest" || finish refused tree-mismatch "$why"
    ;;
esac
before_swap || { [ "$p_mode" != deploy ] || mark "$rel" failed; finish refused "$code" "$why"; }
stopped && finish refused stopped 'stopped before the swap'
# shellcheck disable=SC2086
[ -n "$before" ] || for unit in $services; do sctl is-active --quiet -- "$unit" && ran_before="$ran_before $unit"; done
note_before
activate "$p_release" || go_back "$p_release"
if [ "$p_mode" = rollback ] && [ -n "$before" ] && [ "$before" != "$p_release" ]; then
  state_of "$app_dir/releases/$before"
  [ "$release_state" != proven ] || mark "$app_dir/releases/$before" left
fi
phase prune
prune "${p_keep:-5}" "$p_release" || detail "$why"
finish deployed
