# Release trees, checked against their manifest.
# shellcheck shell=sh

# verify_tree TREE MANIFEST: exactly the manifest's paths, types, modes, targets and contents, and all of it ours. Sets $why.
verify_tree() {
  why=$(cd -- "$1" && find . -mindepth 1 \( ! -uid "$me" -printf 'owner\t%u\t%P\n' \) -o \
    -type l -printf 'l\t%l\t%P\n' -o -printf '%y\t%m\t%P\n' | awk -F'\t' '
      NR == FNR { want[$4] = $1 "\t" ($1 == "l" ? $3 : $2); next }
      want[$3] != $1 "\t" $2 { differ($3) }
      { delete want[$3] }
      function differ(path) { if (!any++ || path < first) first = path }
      END { for (path in want) if (want[path] != "") differ(path)
        if (any) printf "%s is not as in the manifest", first }' "$2" -)
  [ -z "$why" ] || return 1
  # Two at a time: hashing is most of what a deploy does between its restarts.
  halves=$(verify_half 0 "$1" "$2" & verify_half 1 "$1" "$2"; wait)
  [ "$halves" = "same${nl}same" ] && return 0
  why=$(printf '%s\n' "$halves" | grep -v '^same$' | sort | head -n 1)
  why="$why: not the content of the manifest"
  return 1
}

# verify_half N TREE MANIFEST: says `same`, or names the first that differs, of every second file.
# Invariant: a file is the same only when its own digest was seen; no digest at all is a difference.
verify_half() {
  cd -- "$2" && awk -F'\t' -v half="$1" '$1 == "f" && ++n % 2 == half { print "./" $4 }' "$3" | tr '\n' '\0' | digests 2>/dev/null |
    awk -F'\t' -v half="$1" '
    NR == FNR { if ($1 == "f" && ++n % 2 == half) want[$3 " *./" $4]; next }
    { delete want[$0] }
    END { for (line in want) { name = substr(line, 69); if (!any++ || name < first) first = name }
      print any ? first : "same" }' "$3" -
}

# digests: `SHA256 *NAME` of each of the NUL-separated names. coreutils before 9.5 does not use what processors have for it.
digests() {
  if command -v openssl >/dev/null; then xargs -0r openssl dgst -sha256 -r; else xargs -0r sha256sum -b; fi
}
