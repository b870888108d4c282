# Lines of the app's journal, raw, each under the key `log`.
# Invariant: reads only.
# shellcheck shell=sh
p_unit='' p_lines='' p_since='' p_release='' p_follow=''

# journal ARG…: what journalctl prints. The pid comes first, so that it can be ended.
journal() {
  # shellcheck disable=SC2016
  sh -c 'echo "$$" && exec journalctl -q --no-pager -o short-iso "$@"' sh ${journal:+"$journal"} "$@"
}

# hand_on: says every line. While we follow, a quiet app writes nothing, and only a write tells that nobody listens any
# more: so we write, too.
hand_on() {
  read -r pid
  alive=''
  if [ -n "$p_follow" ]; then
    (trap '' PIPE; while say alive ''; do sleep 5 >/dev/null 4>&-; done 2>/dev/null; kill "$pid") &
    alive=$!
  fi
  say_lines log
  [ -z "$alive" ] || kill "$alive"
}

params
seams
set --
if [ -n "$p_release" ]; then
  # The processes that ran this release, as its activations recorded them. journald looks up the invocation of a line when
  # it gets to it: by then a process that ended at once has none, so its pid names it as well.
  [ -s "$app_dir/releases/$p_release/invocations" ] || refuse release-unknown "release $p_release never ran on this host"
  while read -r unit invocation pid boot; do
    [ -n "$invocation" ] || continue
    [ $# -eq 0 ] || set -- "$@" +
    set -- "$@" "_SYSTEMD_INVOCATION_ID=$invocation"
    [ "${pid:-0}" -eq 0 ] || set -- "$@" + "_SYSTEMD_UNIT=$unit" "_PID=$pid" "_BOOT_ID=$(printf %s "$boot" | tr -d -)"
  done <"$app_dir/releases/$p_release/invocations"
else
  [ -n "$p_unit" ] || refuse no-units "$p_app has no services, so there is no journal of it"
  for unit in $p_unit; do set -- "$@" -u "$unit"; done
fi
[ -z "$p_since" ] || set -- --since "$p_since" "$@"
[ -z "$p_lines" ] || set -- -n "$p_lines" "$@"
[ -z "$p_follow" ] || set -- -f "$@"
# What it complains of is no line of the journal, and a pipe would hide its status.
exec 4>&1
trouble=$({ { journal "$@" 2>&3 || echo failed >&3; } | hand_on >&4 3>&-; } 3>&1)
case $trouble in *failed) refuse journal-unreadable "${trouble%%"$nl"*}" ;; esac
exit 0
