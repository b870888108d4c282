# Which processes are of which unit, and how those end that nobody would end.
# shellcheck shell=sh

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

# end_unit UNIT: stopped and not started again; what its KillMode= leaves in its control group has nobody to end it then.
end_unit() {
  group=$(sctl show -p ControlGroup --value -- "$1")
  sctl disable --quiet --now -- "$1" 2>/dev/null
  [ -n "$group" ] || return 0
  processes "$1 $group"
  pids_of "$1"
  [ -n "$pids" ] || return 0
  # shellcheck disable=SC2086
  end $pids
  detail "$1: ended what it had left running:$pids"
}

# end PID…: with five seconds to do so themselves.
end() {
  kill "$@" 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    alive=''
    for pid do kill -0 "$pid" 2>/dev/null && alive=1; done
    [ -n "$alive" ] || return 0
    sleep 0.5
  done
  kill -9 "$@" 2>/dev/null
  sleep 0.2
}
