# Whether what runs is the release that was activated, and whether what answered was what runs.
# Invariant: reads only.
# shellcheck shell=sh
mark=0 since='' proves='' named='' groups='' unproved='' against='' tied=''

# clock_ticks: the start of a process that begins now, as /proc tells it of every process, into $ticks.
clock_ticks() {
  # A subshell is a process of its own: /proc/self is not this shell there.
  # shellcheck disable=SC2086 # its words
  ticks=$(IFS= read -r line </proc/self/stat && set -- ${line##*") "} && echo "${20}")
}

# prove ID: sets $unproved to why nobody can say that it is this release that runs and answers, '' when it is. $against is set,
# too, where something else was found to do so, and $tied where something tells the release: a process or an answer.
prove() {
  unproved='' against='' tied=$named
  [ -n "$services" ] || return 0
  case $link in /*) here=$link ;; *) here=$p_path/$link ;; esac
  here=$(cd -P -- "$here" && pwd -P) || { against=1 unproved="$p_path/current leads nowhere"; return 0; }
  all=$(cd -P -- "$p_path/releases" 2>/dev/null && pwd -P)
  processes "$groups"
  # Of a unit that was on the host before us nothing is claimed.
  for unit in $proves; do
    runs_release "$1" "$unit" && as_configured "$unit" || return 0
    tied=1
  done
  [ -n "$tied" ] || tied_by_others
  [ -n "$going_back" ] || nobody_else_runs "$1" || return 0
  answers_are_theirs
}

# tied_by_others: does a unit that was on the host before us run the release?
tied_by_others() {
  for unit in $services; do
    pids_of "$unit"
    # shellcheck disable=SC2086 # pids are numbers
    case $(whose $pids) in *own\ *) tied=1 ;; esac
  done
}

# whose PID…: `other PID RELEASE` for a process that has something of another release open, `own PID` for one that has something of
# this one; a line each.
whose() {
  paths "$@" | own=$here/ all=${all:-/nowhere}/ awk '
    {
      path = substr($0, length($1) + 2) "/"
      if (index(path, ENVIRON["all"]) == 1) {
        id = substr(path, length(ENVIRON["all"]) + 1); sub(/\/.*/, "", id)
        if (id != "" && ENVIRON["all"] id "/" != ENVIRON["own"]) { other[$1] = id; next }
      }
      if (index(path, ENVIRON["own"]) == 1) own[$1] = 1
    }
    END { for (pid in other) print "other", pid, other[pid]; for (pid in own) print "own", pid }'
}

# runs_release ID UNIT: does this unit run that release, and no other? Why not is in $unproved.
runs_release() {
  pids_of "$2"
  if [ -z "$pids" ]; then
    case $nl$skipped in *"$nl$2$nl"*) unproved="$2: did not run, a condition of it does not hold" && return 1 ;; esac
    is_over "$2" || { against=1; unproved="$2: active, and no process in its control group"; return 1; }
    starts_in "$2" "$here" && { asked=1; evidence "$2" ran "$1, to its end"; return 0; }
  fi
  own=''
  # shellcheck disable=SC2086 # pids are numbers
  for line in $(whose $pids | tr ' ' /); do
    case $line in
      own/*) own=${line#own/} ;;
      *) line=${line#other/} against=1 unproved="$2: process ${line%%/*} runs ${line#*/}, not $1"; return 1 ;;
    esac
  done
  is_new "$2" || { against=1; unproved="$2: process $pid was there before the restart"; return 1; }
  [ -z "$own" ] || { evidence "$2" runs "$1, as process $own"; return 0; }
  [ -z "$named" ] || return 0
  # A daemon may leave its folder for the root: what systemd starts it from tells then.
  # shellcheck disable=SC2046,SC2086
  case $(readlink $(printf ' /proc/%s/cwd' $pids) | sort -u) in
    /) starts_in "$2" "$here" && { evidence "$2" runs "$1, as it was started"; return 0; } ;;
  esac
  unproved="$2: none of its processes has anything of $here open"
  return 1
}

# is_over UNIT: a oneshot service that ended well.
is_over() {
  case $nl$over in *"$nl$1$nl"*) ;; *) return 1 ;; esac
}

# is_new UNIT: all its processes began after the restart; $pid is one that did not. Going back, one from before the run is what it
# was; only what began in between is of the release that failed.
is_new() {
  while read -r of pid began; do
    [ "$of" != "$1" ] || [ "$began" -ge "$mark" ] || { [ -n "$going_back" ] && [ "$began" -lt "${since:-$mark}" ]; } || return 1
  done <<RUNNING
$running
RUNNING
}

# starts_in UNIT DIR: is what systemd starts for it below DIR?
starts_in() {
  for word in $(sctl show -p ExecStart,WorkingDirectory -- "$1" | tr '=; ' "$nl$nl$nl" | grep '^/'); do
    word=$(readlink -f -- "$word")
    case $word/ in "$2"/*) return 0 ;; esac
  done
  return 1
}

# nobody_else_runs ID: is there no unit besides those of the release that starts in the app's folder and goes on running another one:
# a worker that ops.yaml does not name, another instance of a template, a long job?
nobody_else_runs() {
  [ -n "$all" ] || return 0
  while IFS= read -r line; do
    pid=${line#/proc/} pid=${pid%%/*}
    case $nl$running$nl in *" $pid "*) continue ;; esac
    unit_at "${pid:-0}"
    case $unit in *.service) starts_in "$unit" "${all%/*}" || continue ;; *) continue ;; esac
    other=${line#*"$all/"}
    unproved="$unit, which this release does not name: process $pid runs ${other%%/*}, not $1"
    return 1
  done <<OTHERS
$(find /proc/[0-9]*/cwd /proc/[0-9]*/exe -lname "$all/*" ! -lname "$here" ! -lname "$here/*" -printf '%h/%l\n' 2>/dev/null)
OTHERS
}

# answers_are_theirs: whoever listens where a probe asked is of the app's units, or of the one that the probe goes through.
answers_are_theirs() {
  # shellcheck disable=SC2034 # the words of a line that are not asked for
  while read -r key id kind target status contains attempts interval timeout port through _; do
    case $key/${port:--} in
      */-) ;;
      probe/*) listens "$id" "$target" "$port" "$through" || return 0 ;;
      # Nobody has asked yet: it need not listen by now.
      ask/*) listens "$id" "$target" "$port" "$through" || [ -z "$sockets" ] && unproved='' against='' || return 0 ;;
    esac
  done <"$chosen/spec"
}

# holders_with UNIT: the processes in $running and those of UNIT, `-` for none, into $holders.
holders_with() {
  holders=$running
  case ${1:--} in -) return ;; esac
  processes "$1 $(sctl show -p ControlGroup --value -- "$1")"
  ours=$holders holders=$holders$nl$running running=$ours
}

# listens PROBE TARGET PORT UNIT: do all who listen there belong to the app, or to that unit? An address that the probe cannot have
# reached is somebody else's matter.
listens() {
  holders_with "$4"
  sockets_at "$2" "$3"
  against=1
  [ -n "$sockets" ] || { unproved="nobody on this host listens on port $3, where probe $1 asks"; return 1; }
  if stranger "$holders"; then
    unproved="port $3, where probe $1 asks, is held by $owner"
    return 1
  fi
  against=''
}

# sockets_at TARGET PORT: those that listen where a question to that target comes in, into $sockets.
sockets_at() {
  sockets=$(target=$1 port=$2 awk '
    BEGIN {
      port = sprintf("%04X", ENVIRON["port"])
      near = tolower(ENVIRON["target"]) ~ /^(https?:\/\/)?(localhost|127\.[0-9.]+|\[::1\]|0\.0\.0\.0)([:\/?]|$)/
    }
    $4 == "0A" && split($2, at, ":") == 2 && at[2] == port {
      address = at[1]
      any = address ~ /^0+$/
      loopback = address ~ /^(0000000000000000FFFF0000)?......7F$/ || address == "00000000000000000000000001000000"
      if (any || (near ? loopback : !loopback)) print "socket:[" $10 "]"
    }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

# stranger HOLDERS: is one of the sockets somebody else's, whose is in $owner?
stranger() {
  theirs=$(printf '%s\n' "$1" | while read -r _ pid _; do
    [ -z "$pid" ] || find "/proc/$pid/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null
  done)
  for socket in $sockets; do
    case $nl$theirs$nl in *"$nl$socket$nl"*) continue ;; esac
    owner "$socket"
    return 0
  done
  return 1
}

# unit_at PID: the unit that a process is of, into $unit.
unit_at() {
  unit=$(sed -n 's,^[0-9]*:\(name=systemd\)\{0\,1\}:.*/,,p' "/proc/$1/cgroup" 2>/dev/null | head -n 1)
}

# owner SOCKET: who holds it, into $owner.
owner() {
  owner=$(find /proc/[0-9]*/fd -lname "$(printf %s "$1" | sed 's/[][]/\\&/g')" -print 2>/dev/null | head -n 1)
  owner=${owner#/proc/} owner=${owner%%/*}
  [ -n "$owner" ] || { owner='a process that this login cannot see'; return; }
  # Not its comm: of node and others that is the name of a thread.
  name=$(readlink "/proc/$owner/exe")
  name=${name##*/}
  unit_at "$owner"
  owner="process $owner ($name${unit:+, $unit})"
}
