# Whether what runs is the release that was activated, and whether what answered was what runs.
# Invariant: reads only, but for end_others.
# shellcheck shell=sh
mark='' proves='' named='' groups='' unproved='' against='' tied=''

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

# processes GROUPS: `UNIT PID TICKS` a line into $running, for everything in these control groups (`UNIT GROUP` a line) and
# below them. The hierarchy that systemd uses is name=systemd, or the one without a controller; seen from a container its root may
# be elsewhere, which is where PID 1 tells it.
processes() {
  running=$(grep -H -E ':(name=systemd)?:/' /proc/1/cgroup /proc/[0-9]*/cgroup 2>/dev/null | groups=$1 awk '
    BEGIN {
      count = split(ENVIRON["groups"], lines, "\n")
      for (i = 1; i <= count; i++) if (split(lines[i], words, " ") == 2) group[words[1]] = words[2]
    }
    {
      split($0, part, "/"); pid = part[3]
      path = $0; sub(/^[^:]*:[0-9]+:[^:]*:/, "", path)
      if (NR == 1) { root = path; sub(/\/(init\.scope)?$/, "", root) }
      if (seen[pid]++) next
      for (unit in group) if (index(path "/", root group[unit] "/") == 1) {
        file = "/proc/" pid "/stat"; stat = ""
        getline stat < file; close(file)
        sub(/^.*\) /, "", stat); split(stat, field, " ")
        if (field[1] != "" && field[1] != "Z") print unit, pid, field[20]
      }
    }')
}

# pids_of UNIT: its processes, into $pids.
pids_of() {
  pids=''
  while read -r of pid _; do
    [ "$of" != "$1" ] || pids="$pids $pid"
  done <<RUNNING
$running
RUNNING
}

# paths PID…: `PID PATH` a line for all that these processes have open: folder, program, files, what is mapped, and what the
# absolute words of their command lines lead to. A venv's python is a link that leads out of it: its folder counts as well.
# Where `current` led when an older process began, nobody knows now.
paths() {
  switched=$(stat -c %Z -- "$p_path/current" 2>/dev/null) booted=$(sed -n 's/^btime //p' /proc/stat)
  for pid do
    find "/proc/$pid/cwd" "/proc/$pid/exe" "/proc/$pid/fd" -printf "$pid %l\n"
    tr '\0' '\n' <"/proc/$pid/cmdline" | while IFS= read -r word; do
      case $word in
        "$p_path/current"*) is_older "$pid" || readlink -f -- "$word" "${word%/*}/" ;;
        /*) readlink -f -- "$word" "${word%/*}/" ;;
      esac
    done | sed "s/^/$pid /"
    while read -r _ _ _ _ _ file; do
      case $file in /*) printf '%s %s\n' "$pid" "$file" ;; esac
    done <"/proc/$pid/maps"
  done 2>/dev/null
}

# is_older PID: did it begin before `current` was last switched?
is_older() {
  read -r line <"/proc/$1/stat" || return 1
  # shellcheck disable=SC2086 # its words
  set -- ${line##*") "}
  [ $((booted + ${20} / 100 + 1)) -lt "${switched:-0}" ]
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

# is_new UNIT: all its processes began after the restart; $pid is one that did not. Going back, what was never ended is what it was
# before.
is_new() {
  [ -z "$going_back" ] || return 0
  while read -r of pid began; do
    [ "$of" != "$1" ] || [ "$began" -ge "$mark" ] || return 1
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
  case $1 in *127.* | *localhost* | *::1* | *0.0.0.0*) near=1 ;; *) near='' ;; esac
  sockets=$(port=$2 near=$near awk '
    BEGIN { port = sprintf("%04X", ENVIRON["port"]) }
    $4 == "0A" && split($2, at, ":") == 2 && at[2] == port {
      address = at[1]
      any = address ~ /^0+$/
      loopback = address ~ /^(0000000000000000FFFF0000)?......7F$/ || address == "00000000000000000000000001000000"
      if (any || (ENVIRON["near"] ? loopback : !loopback)) print "socket:[" $10 "]"
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

# end_others: what goes on running another release in a unit of the app is ended. True when something was.
end_others() {
  ended=''
  for unit in $proves; do
    pids_of "$unit"
    # shellcheck disable=SC2086 # pids are numbers
    for line in $(whose $pids | sed -n 's,^other \([0-9]*\) ,\1/,p'); do
      kill "${line%%/*}" 2>/dev/null && ended="$ended ${line%%/*}" &&
        detail "$unit: ended process ${line%%/*}, which went on running ${line#*/}"
    done
  done
  [ -n "$ended" ] || return 1
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    # shellcheck disable=SC2086
    kill -0 $ended 2>/dev/null || return 0
    sleep 0.5
  done
  # shellcheck disable=SC2086
  kill -9 $ended 2>/dev/null
  sleep 0.2
}
