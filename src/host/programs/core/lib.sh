# What every program starts with: its parameters, its answer, and the seams for privilege and init.
# shellcheck shell=sh
set -u
# Of the environment only what is named here stays: a login, ~/.ssh/environment or a user's systemd may have set what makes
# something else of our programs (TAR_OPTIONS, POSIXLY_CORRECT, SYSTEMD_LOG_LEVEL, BASH_ENV, proxies, TZ). Some names are the shell's.
while IFS= read -r line; do
  line=${line#export } name=${line%%=*}
  case $name in
    HOME | PATH | PWD | USER | LOGNAME | SHELL | SSH_CONNECTION | XDG_RUNTIME_DIR | DBUS_SESSION_BUS_ADDRESS) ;;
    OPTIND | PPID | UID | EUID | BASHOPTS | SHELLOPTS | BASH_VERSINFO | '' | [0-9]* | *[!A-Za-z0-9_]*) ;;
    *) unset -v "$name" ;;
  esac
done <<EXPORTED
$(export -p)
EXPORTED
# For bash there are functions in it as well, and a function goes before a program.
[ -z "${BASH_VERSION:-}" ] || while read -r name; do unset -f "$name"; done <<EXPORTED
$(command tr '\0' '\n' </proc/$$/environ | command sed -n 's/^BASH_FUNC_\(.*\)%%=.*/\1/p')
EXPORTED
export LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin${PATH:+:$PATH}
umask 022
nl='
'
reason='' nonce='' user='' p_privilege='' p_app='' p_path='' app_dir=''
# Invariant: an answer without its `end` line is no answer. A shell that dies by a signal never writes it.
trap 'say end $?' 0

# say KEY VALUE: one line of the answer. Control characters and backslashes travel as \xHH.
say() {
  say_value=$2
  case $2 in *[[:cntrl:]\\]*) say_value=$(printf %s "$2" | od -An -v -tx1 | sed 's/ /\\x/g' | tr -d '\n') ;; esac
  printf '@%s %s %s\n' "$nonce" "$1" "$say_value"
}

# say_lines KEY: each line of stdin as one answer line.
say_lines() {
  while IFS= read -r say_line || [ -n "$say_line" ]; do say "$1" "$say_line"; done
}

# shorten LENGTH: stdin, of each line so many bytes. An ellipsis says that more stood there: it may have been a secret.
shorten() { awk -v most="$1" 'length($0) > most { $0 = substr($0, 1, most) "…" } { print }'; }

# refuse CODE DETAIL: nothing was changed, and why.
refuse() {
  say error "$1"
  say detail "$2"
  exit 1
}

# params: reads `name value` lines into p_<name>, up to a lone dot. Values are data: nothing parses them.
params() {
  IFS= read -r nonce && nonce=${nonce#nonce }
  while IFS= read -r line && [ "$line" != . ]; do
    name=${line%% *} value=${line#* }
    case $name in '' | *[!a-z_]*) exit 70 ;; esac
    eval "p_$name=\${p_$name:+\$p_$name\$nl}\$value"
  done
}

# blobs DIR: the rest of the data, one file in DIR for each blob.
blobs() {
  ops_dir=$1 awk '
    { at = index($0, " "); name = substr($0, 2, (at ? at : length($0) + 1) - 2) }
    name != last { if (last != "") close(file); last = name; file = ENVIRON["ops_dir"] "/" name }
    { if (at) print substr($0, at + 1) > file; else printf "" > file }'
}

# seams: with privilege none everything is the login user's own: state, units, and the systemd that runs them. $volatile is
# the folder of runs that remove the state which would hold them: what is there lasts until the next boot.
seams() {
  me=$(id -u)
  if [ "$p_privilege" = none ]; then
    state=$HOME/.local/state/ops unit_dir=$HOME/.config/systemd/user env_dir=$HOME/.config/ops manager=--user journal=--user
    export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/run/user/$me}"
    volatile=$XDG_RUNTIME_DIR/ops
  else
    # Not --system: journald keeps what accounts of people write (uid 1000 and up) apart from the system's own.
    state=/var/lib/ops unit_dir=/etc/systemd/system env_dir=/etc/ops manager=--system journal='' volatile=/run/ops
  fi
  scope "$p_app"
}

# scope APP: what is changed, the app, or the host itself for ''. Its unit is the lock, its folder holds its runs.
scope() {
  if [ -n "$1" ]; then
    scope=$1 scope_dir=$state/apps/$1 lock=ops-app-$1.service
    app_dir=$scope_dir
  else
    scope=host scope_dir=$state/host lock=ops-host.service
  fi
}

# run_at RUN: the folder of a run of this scope, into $run_dir.
run_at() {
  run_dir=$scope_dir/runs/$1
  [ ! -d "$volatile/$1" ] || run_dir=$volatile/$1
}

# try STEP ARG…: the step, in a shell of its own. False when it failed, and then $reason is `: WHY` as the system words it, the end
# of every text that says what could not be done. What the step complained of goes on to stderr, for the journal.
try() {
  reason=$("$@" 2>&1 >/dev/null) && reason='' && return
  [ -n "$reason" ] || return 1
  printf '%s\n' "$reason" >&2
  reason=${reason%%"$nl"*} reason=${reason##*: }
  # awk has it in brackets.
  case $reason in *\(*\)) reason=${reason##*\(} reason=${reason%?} ;; esac
  reason=": $reason"
  return 1
}

# write FILE: stdin becomes the file. cat does it, since for dash's own printf every reason is an I/O error.
write() { cat >"$1"; }

# make DIR…: is there. What is above it may go meanwhile, when this host is being forgotten.
make() {
  for _ in 1 2 3; do try mkdir -p "$@" && return; done
  return 1
}

# still_there PATH: refuses when what was made a moment ago has gone: this host is being forgotten, and no disk is to blame.
still_there() {
  [ -e "$1" ] || { say holder_run unknown; refuse lock-held "$1 was removed before the run began"; }
}

sctl() { systemctl "$manager" "$@"; }

# as_user PROGRAM ARG…: as the account of the app, with its groups; what it complains of is handed on, and nothing else. The account
# may stop a process of its own, or give what it writes to away to another one: neither is waited for without end.
account_limit=30
as_user() {
  case $p_privilege:$user in none:* | *:root) "$@" </dev/null >/dev/null; return ;; esac
  complaint=$({
    timeout -k 2 "$account_limit" setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@" 2>&1 >/dev/null </dev/null
    echo "/$?"
  } | timeout "$((account_limit + 5))" tail -c 2000)
  [ "${complaint##*/}" != 0 ] || return 0
  printf '%s\n' "${complaint%/*}" >&2
  return 1
}

# put FILE MODE: FILE becomes stdin, whole or not at all, also through a power cut. Who holds no lock sets $put_by.
put_by=''
put() {
  put_new=${1%/*}/.ops-new-$put_by${1##*/}
  rm -f "$put_new"
  if (umask 077 && cat >"$put_new") && chmod "$2" "$put_new" && sync "$put_new" && mv -fT "$put_new" "$1" && sync "${1%/*}"; then
    return 0
  fi
  rm -f "$put_new"
  return 1
}

# holds_anything: is there anything in the app's folder, into $anything. Asked before its mark is looked for: another first
# deploy may be at work, and the mark is what it writes first.
holds_anything() {
  anything=''
  [ ! -d "$p_path" ] || anything=$(find "$p_path" -mindepth 1 ! -name '.ops-new-*' -print -quit)
}

# known_schema: refuses a state folder that a newer ops has written.
known_schema() {
  [ -r "$state/schema" ] || return 0
  read -r schema <"$state/schema"
  [ "$schema" = 1 ] || refuse schema-newer "$state has schema $schema, this ops knows 1"
}

# phase_of DIR: the last phase that the progress of a run names, into $phase.
phase_of() {
  phase=uploading
  [ -r "$1/progress" ] && while read -r key value; do
    [ "$key" = phase ] && phase=$value
  done <"$1/progress"
}

# field FILE NAME: the first `NAME=value` or `NAME value` line of a small file.
field() {
  field_value=''
  [ -r "$1" ] || return 0
  while IFS= read -r field_line; do
    case $field_line in "$2="* | "$2 "*)
      field_value=${field_line#"$2"?}
      break
      ;;
    esac
  done <"$1"
}

# hundredths: monotonic time in 1/100 s. Wall clocks jump.
hundredths() {
  read -r up _ </proc/uptime
  now=$((${up%.*} * 100 + 1${up#*.} - 100))
}

# see_locks: what systemd says of the locks of this host, into $locks: an Id line and a Description line each.
# False, and why in $unread, when systemd does not tell: then nobody knows.
see_locks() {
  locks=$(sctl show -p Id,Description -- ops-host.service 'ops-app-*.service' 2>&1) || { unread=$locks locks=''; return 1; }
}

# held_then: which run owned the lock of this scope when they were seen, into $held ('' = nobody). A dead owner holds nothing.
held_then() {
  held=''
  case $locks in *"Id=$lock${nl}Description=ops $scope "*) held=${locks#*"Id=$lock${nl}Description=ops $scope "} held=${held%%"$nl"*} ;; esac
}

# holder: which run owns the lock of this scope now. False as see_locks is.
holder() {
  held=''
  see_locks && held_then
}
