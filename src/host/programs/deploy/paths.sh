# What processes have open, by paths that mean the same here.
# Invariant: reads only.
# shellcheck shell=sh

# paths PID…: `PID PATH` a line for all that these processes have open: folder, program, files, what is mapped, and what the
# absolute words of their command lines lead to. A venv's python is a link that leads out of it: its folder counts as well.
# Where `current` led when an older process began, nobody knows now.
paths() {
  switched=$(stat -c %Z -- "$p_path/current" 2>/dev/null) booted=$(sed -n 's/^btime //p' /proc/stat)
  for pid do
    {
      # shellcheck disable=SC3013 # every sh has it, and POSIX since 2024
      if [ "/proc/$pid/ns/mnt" -ef /proc/self/ns/mnt ]; then
        open_in "$pid"
      else
        { open_in "$pid"; words_of "$pid"; } | seen_here /proc/self/mountinfo "/proc/$pid/mountinfo"
      fi
      words_of "$pid" | { if is_older "$pid"; then grep -v "^$p_path/current"; else cat; fi; } | sed -n '/^\//{p;s,[^/]*$,,p;}' |
        tr '\n' '\0' | xargs -0r readlink -f --
    } | sed "s/^/$pid /"
  done 2>/dev/null
}

# open_in PID: paths of what it has open, as it sees them.
open_in() {
  find "/proc/$1/cwd" "/proc/$1/exe" "/proc/$1/fd" -printf '%l\n'
  while read -r _ _ _ _ _ file; do
    case $file in /*) printf '%s\n' "$file" ;; esac
  done <"/proc/$1/maps"
}

# words_of PID: of its command line, which a process may make as long as it likes.
words_of() { head -c 65536 "/proc/$1/cmdline" | tr '\0' '\n'; }

# seen_here OURS THEIRS: where what a process sees at these paths lies for us, by the mountinfo of both. A unit with a view of its own
# may show it a release in another place (BindPaths=, RootDirectory=), or something else in the place of one.
seen_here() {
  awk '
    function decoded(path) { gsub(/\\040/, " ", path); return path }
    function joined(folder, rest) { return (folder == "/" ? "" : folder) rest }
    # What of a path lies below a folder, - when it does not.
    function below(path, folder) {
      if (folder == "/") folder = ""
      return index(path "/", folder "/") == 1 ? substr(path, length(folder) + 1) : "-"
    }
    FILENAME == ARGV[1] { our_device[++ours] = $3; our_root[ours] = decoded($4); our_place[ours] = decoded($5); next }
    FILENAME == ARGV[2] { device[++theirs] = $3; root[theirs] = decoded($4); place[theirs] = decoded($5); next }
    !/^\// || seen[$0]++ { next }
    {
      # The last one that was mounted over a place counts.
      at = 0
      for (i = 1; i <= theirs; i++)
        if (below($0, place[i]) != "-" && (!at || length(place[i]) >= length(place[at]))) at = i
      path = joined(root[at], below($0, place[at]))
      for (i = 1; i <= ours; i++)
        if (at && our_device[i] == device[at] && (rest = below(path, our_root[i])) != "-") print joined(our_place[i], rest)
    }' "$1" "$2" -
}

# is_older PID: did it begin before `current` was last switched?
is_older() {
  read -r line <"/proc/$1/stat" || return 1
  # shellcheck disable=SC2086 # its words
  set -- ${line##*") "}
  [ $((booted + ${20} / 100 + 1)) -lt "${switched:-0}" ]
}
