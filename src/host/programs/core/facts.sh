# What one look at a host tells: the machine and its tools, and what each section that is asked for has to say.
# A section NAME is a function facts_NAME of its capability; what it tells of an app carries the app: `web/current`.
# Invariant: reads only; nothing on the host changes, not even a temporary file.
# shellcheck shell=sh
p_section=''

# tool NAME [ARG…]: the first line of its version, `present` where nobody judges that, nothing when it is missing.
tool() {
  command -v "$1" >/dev/null || return 0
  [ $# -gt 1 ] || { say tool "$1 present"; return; }
  tool_line=$("$@" 2>&1 </dev/null)
  say tool "$1 ${tool_line%%"$nl"*}"
}

machine() {
  [ -r /etc/machine-id ] && read -r line </etc/machine-id && say machine_id "$line"
  read -r line </proc/sys/kernel/osrelease && say kernel "$line"
  field /etc/os-release PRETTY_NAME
  say os "$field_value"
  read -r line _ </proc/uptime && say uptime "$line"
  say clock "$(date +%s.%N)"
  [ -r "$state/schema" ] && read -r line <"$state/schema" && say schema "$line"
}

tools() {
  tool systemctl --version
  for name in rsync mv cp sync find sha256sum setpriv; do tool "$name" --version; done
  for name in curl sudo tailscale systemd-run; do tool "$name"; done
}

# run_facts RUN ALIVE: what a run of this scope left: who and since when, how far it came, and its record.
run_facts() {
  run_at "$1"
  [ -d "$run_dir" ] || return 0
  say "${about}run" "run=$1"
  say "${about}run" "alive=$2"
  [ -r "$run_dir/intent" ] && say_lines "${about}run" <"$run_dir/intent"
  phase_of "$run_dir"
  say "${about}run" "phase=$phase"
  field "$run_dir/before" release
  say "${about}run" "before=$field_value"
  if [ -r "$run_dir/record" ]; then
    while IFS= read -r line && [ "$line" != end ]; do say "${about}run" "record=$line"; done <"$run_dir/record"
  fi
  say "${about}run" ''
}

# last_runs LINK…: who holds the lock of this scope, and the run that each of these links names.
last_runs() {
  [ -z "$unread" ] || say "${about}lock_unread" "$unread"
  held_then
  say "${about}held" "$held"
  [ -z "$held" ] || run_facts "$held" 1
  for last do
    last=$(readlink -- "$last") && last=${last##*/} || continue
    say "${about}last_run" "$last"
    [ "$last" = "$held" ] || run_facts "$last" 0
  done
}

# facts_host: the runs of the host itself. One that removes the state which would hold them lies among the volatile ones.
facts_host() {
  scope ''
  about=/
  last_runs "$scope_dir/last" "$volatile/last"
}

# later KEY FILE: the text of FILE is to be sent, too. It goes last and alone.
later=''
later() { later=$later$1\ $2$nl; }

# in_pieces KEY FILE: pieces of about 8 KB that are to be joined: longer than what a pipe takes in one write. A tab is the
# only control character in it.
in_pieces() {
  prefix="@$nonce $1 " awk '
    { gsub(/\t/, "\\x09"); text = text $0 "\\x0a" }
    length(text) > 8000 { print ENVIRON["prefix"] text; text = "" }
    END { if (text != "") print ENVIRON["prefix"] text }' "$2"
}

params
seams
# Each answer line is one write: what runs side by side does not mix within a line.
who &
tools &
machine
unread=''
[ -z "$p_section" ] || see_locks
for section in $p_section; do "facts_$section"; done
wait
printf '%s' "$later" | while read -r key file; do in_pieces "$key" "$file"; done
exit 0
