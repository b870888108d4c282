# Health questions asked from the host itself.
# shellcheck shell=sh

# word WORD: an encoded word of a spec line into $decoded. \0ooo is a byte, a lone - the empty word.
word() {
  case $1 in
    -) decoded='' ;;
    *\\*) decoded=$(printf '%b.' "$1") && decoded=${decoded%.} ;;
    *) decoded=$1 ;;
  esac
}

# probes REL: all of the release's, in order; the first that fails ends it. Sets $code and $why, and $asked when there was one.
probes() {
  asked=''
  while IFS= read -r line; do
    case $line in probe\ *) question "$line" && probe && asked=1 || return 1 ;; esac
  done <"$1/spec"
}

# question LINE: its words.
question() {
  read -r key id kind target status contains attempts interval timeout _ <<LINE
$1
LINE
  word "$target" && target=$decoded
  word "$contains" && contains=$decoded
}

probe() {
  try=0
  while :; do
    try=$((try + 1))
    "probe_$kind" && { evidence "$target" "probe $id" "$observed on try $try of $attempts"; return 0; }
    # Whoever asked to stop is not told that the release failed: nobody waited for its answer.
    ! stopped || because stopped 'asked to stop before it was proven' || return 1
    [ "$try" -ge "$attempts" ] && break
    same_processes || break
    sleep "$(seconds "$interval")"
  done
  because probe-failed "probe $id: $target: $observed after $try tries"
}

# host_of TARGET: whom it asks, without scheme, port and path, into $host.
host_of() {
  host=${1#*://} host=${host%%[/?#]*}
  case $host in '['*) host=${host#?} host=${host%%]*} ;; *) host=${host%%:*} ;; esac
}

# locate NAME: does anybody here know where it is? A host may take no DNS from its tailnet (--accept-dns=false, a resolv.conf of its
# own): then its tailscaled says the address, into $address, '' where the resolver knows. Asked each time, and of the host itself: an
# address in the spec or in the plan would be that of another time on the way back.
locate() {
  address=''
  # An address is where it says.
  case $1 in *:*) return 0 ;; *[!0-9.]*) ;; *) return 0 ;; esac
  timeout 3 getent ahosts "$1" </dev/null >/dev/null 2>&1 && return
  # With the dot at its end it is the name of a node, whatever the domain.
  address=$(timeout 3 tailscale ip -4 "${1%.}." </dev/null 2>/dev/null) && [ -n "$address" ]
}

# The body goes through a pipe to be searched, and nowhere else: a full disk says nothing about the release. grep -c reads all of
# it, where -q would cut curl off.
probe_http() {
  host_of "$target"
  locate "$host"
  observed=$({ { curl -q -sS -g -o /dev/fd/3 -w '%{http_code} in %{time_total} s\n' --noproxy '*' --proto =http,https \
    ${address:+--connect-to "::$address:"} --max-time "$(seconds "$timeout")" --max-filesize 4194304 -- "$target" || echo failed; } 3>&1 >&4 2>&4 </dev/null |
    grep -cF -e "$contains"; } 4>&1)
  found=${observed##*"$nl"}
  case $observed in *"${nl}failed$nl"*) observed=${observed%%"$nl"*}; return 1 ;; esac
  observed=${observed%%"$nl"*}
  case ,$status, in *",${observed%% *},"*) ;; *) return 1 ;; esac
  [ -z "$contains" ] || [ "$found" -gt 0 ] || { observed="$observed, without the expected text"; return 1; }
}

# A connection is all that is asked. Without bash, curl tells how long the connect took; 0 is never.
probe_tcp() {
  host_of "$target"
  locate "$host"
  host=${address:-$host} port=${target##*:} limit=$(seconds "$timeout")
  if command -v bash >/dev/null; then
    # shellcheck disable=SC2016
    refusal=$(timeout "$limit" bash -c ': <>"/dev/tcp/$1/$2"' bash "$host" "$port" 2>&1) && observed=connected && return 0
  else
    refusal=$(curl -q -s --max-time "$limit" --noproxy '*' -w '%{time_connect}' ${address:+--connect-to "::$address:"} "telnet://$target" </dev/null)
    case $refusal in '' | 0.000000) refusal='' ;; *) observed=connected && return 0 ;; esac
  fi
  observed=${refusal##*: } observed=${observed:-no answer}
  return 1
}
