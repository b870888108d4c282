# Whether the services of a release run, and whether they stay: `$services` is their units.
# shellcheck shell=sh
services='' stable_ms=auto start_ms=60000

snapshot() {
  # shellcheck disable=SC2086 # unit names have no blanks
  seen=$(sctl show -p Id,Type,LoadState,ActiveState,SubState,NRestarts,InvocationID,Result,ConditionResult,ExecMainStatus,ExecMainPID,Job,ControlGroup -- $services)
}

# judge: $verdict of the snapshot, up | waiting | down; why it is down in $bad_unit, $bad_code, $bad_why.
# $invocations: `UNIT ID` a line, the processes that run now; $ran: `UNIT ID PID` a line, also those that ended. $groups: `UNIT
# CONTROLGROUP` a line; $over: the units that ran to their end; $skipped: those that a condition kept from it; $counted: those that are
# active after one restart.
judge() {
  verdict=up invocations='' ran='' groups='' over='' skipped='' counted='' waiting='' unit=''
  while IFS= read -r line; do
    case $line in
      '')
        [ -z "$unit" ] || judge_unit
        unit='' type='' load='' active='' sub='' restarts=0 invocation='' result='' condition='' status='' pid=0 job='' group=''
        ;;
      Id=*) unit=${line#*=} ;;
      Type=*) type=${line#*=} ;;
      LoadState=*) load=${line#*=} ;;
      ActiveState=*) active=${line#*=} ;;
      SubState=*) sub=${line#*=} ;;
      NRestarts=*) restarts=${line#*=} ;;
      InvocationID=*) invocation=${line#*=} ;;
      Result=*) result=${line#*=} ;;
      ConditionResult=*) condition=${line#*=} ;;
      ExecMainStatus=*) status=${line#*=} ;;
      ExecMainPID=*) pid=${line#*=} ;;
      Job=*) job=${line#*=} ;;
      ControlGroup=*) group=${line#*=} ;;
    esac
  done <<SEEN

$seen

SEEN
}

# A manual restart sets NRestarts to 0: whatever it says later are crashes of this release.
judge_unit() {
  [ -z "$invocation" ] || ran="$ran$unit $invocation $pid$nl"
  [ -z "$group" ] || groups="$groups$unit $group$nl"
  case $result in exit-code) end=", exit $status" ;; signal | core-dump) end=", signal $status" ;; success) end='' ;; *) end=", $result" ;; esac
  case $load/$active/$sub/$type/$result in
    not-found/*) trouble unit-missing 'is not on this host' ;;
    *) [ "$restarts" -eq 0 ] || trouble unit-crash-loop "restarted $restarts times$end" ;;
  esac
  # With a job its start is still to come: an old process that had to be killed leaves it `failed` for a moment.
  case $load/$active/$sub/$type/$result/$job in
    */auto-restart*) trouble unit-crash-loop "ended right after its start$end" ;;
    */failed/*/) trouble unit-failed "failed$end" ;;
    */inactive/*/oneshot/success/)
      if [ "$condition" = no ]; then skipped=$skipped$unit$nl; else over=$over$unit$nl; fi
      return
      ;;
    */inactive/*/) trouble unit-failed "not running$end" ;;
  esac
  if [ "$active" = active ]; then
    [ "$restarts" -ne 1 ] || counted="$counted $unit"
    case $type/$sub in oneshot/exited) over=$over$unit$nl ;; esac
    invocations=$invocations$unit' '$invocation$nl
  elif [ "$verdict" = up ]; then
    verdict=waiting waiting=$unit
  fi
}

# trouble CODE TEXT: the first unit in trouble speaks for all.
trouble() {
  [ "$verdict" != down ] || return 0
  verdict=down bad_unit=$unit bad_code=$1 bad_why=$2
}

# restart: every service, then until all are active or one is not going to be. `systemctl restart` says ok for units that
# end right away, so that it does proves nothing; that it does not do it does, since what was there may go on. $mark: what began
# before is older.
restart() {
  [ -n "$services" ] || return 0
  hundredths
  deadline=$((now + start_ms / 10)) restarted_at=$(date +%s)
  clock_ticks
  mark=$ticks
  # shellcheck disable=SC2086
  sctl reset-failed -- $services >/dev/null 2>&1
  # shellcheck disable=SC2086
  not_done=$(timeout "$(seconds "$start_ms")" systemctl "$manager" restart -- $services 2>&1 >/dev/null)
  # Not within its time is judged below. Going back, what was never ended is what it was before.
  case $?/$going_back in 0/* | 124/* | */1) not_done='' ;; *) not_done=${not_done:-systemctl says no} ;; esac
  snapshot
  judge
  # systemd takes an automatic restart that is due at that moment for the one that it was asked for, and counts it.
  # shellcheck disable=SC2086
  [ -z "$counted" ] || { sctl reset-failed -- $counted; snapshot; judge; }
  while :; do
    hundredths
    # An old process may take longer to end than a new one to start: the new one's time begins when it is gone.
    case $seen in *ActiveState=deactivating*) deadline=$((now + start_ms / 10)) ;; esac
    if [ "$verdict" = waiting ] && [ "$now" -ge "$deadline" ]; then
      unit=$waiting
      trouble unit-start-timeout "not active after $((start_ms / 1000)) s"
    fi
    case $verdict in up) break ;; down) return 1 ;; esac
    sleep 0.1
    snapshot
    judge
  done
  [ -z "$not_done" ] && return 0
  unit=${services%% *}
  trouble unit-not-restarted "was not restarted: ${not_done%%"$nl"*}"
  return 1
}

# seconds MS: as a decimal fraction.
seconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }

# window: the stability window in ms. auto = max(2 x RestartSec + 2 s, 5 s): a unit that crashes at once must have come round.
window() {
  stable=$stable_ms
  [ "$stable" = auto ] || return 0
  # shellcheck disable=SC2086
  stable=$(sctl show -p RestartUSec --value -- $services | awk '
    function ms(span, n, unit) {
      n = span + 0; unit = span; sub(/^[0-9.]+/, "", unit)
      return unit == "ms" ? n : unit == "s" ? n * 1000 : unit == "min" ? n * 60000 : unit == "h" ? n * 3600000 : 0
    }
    BEGIN { longest = 5000 }
    { sum = 0; for (i = 1; i <= NF; i++) sum += ms($i); if (2 * sum + 2000 > longest) longest = 2 * sum + 2000 }
    END { printf "%d", longest }')
}

# stay: the same processes for the whole window. `is-active` alone says active in the middle of a crash loop.
stay() {
  [ -n "$services" ] || return 0
  window
  base=$seen base_invocations=$invocations
  hundredths
  deadline=$((now + stable / 10))
  while [ "$now" -lt "$deadline" ]; do
    left=$((deadline - now))
    [ "$left" -lt 20 ] || left=20
    sleep "$(seconds $((left * 10)))"
    same_processes || return 1
    if stopped; then
      unit=${services%% *}
      trouble stopped 'asked to stop before it was proven'
      return 1
    fi
    hundredths
  done
}

same_processes() {
  [ -n "$services" ] || return 0
  snapshot
  [ "$seen" != "$base" ] || return 0
  judge
  if [ "$invocations" != "$base_invocations" ]; then
    unit=${waiting:-${services%% *}}
    trouble unit-unstable 'is no longer the process that was started'
  fi
  [ "$verdict" = up ]
}

# last_words UNIT: what it wrote since we started it, twenty lines at most. One of its lines may be as long as it likes.
last_words() {
  timeout 5 journalctl --sync 2>/dev/null
  timeout 10 journalctl ${journal:+"$journal"} -q --no-pager -n 20 -o cat --since "@$restarted_at" -u "$1" 2>/dev/null | last_lines 20
}
