# The files of an app on its host: those beside its tree as they are, and what is not as the release that serves left it.
# Invariant: reads only. A value of the env file does not leave the host, only a digest of it.
# shellcheck shell=sh
p_ours='' p_kept=''

# installed: mode and digest of each of the files that units_digest found; names of variables and texts where $p_ours asks for them.
installed() {
  [ -n "$files" ] || return 0
  printf '%s' "$files" | tr '\n' '\0' | xargs -0 stat -L -c '%a %n' -- | say_lines "${about}mode"
  printf '%s' "$files" | tr '\n' '\0' | xargs -0 sha256sum -- | say_lines "${about}digest"
  case $p_ours in names | texts) variables "$env_dir/$p_app.env" | say_lines "${about}variable" ;; esac
  [ "$p_ours" != texts ] || printf '%s' "$files" | while IFS= read -r file; do
    [ "$file" = "$env_dir/$p_app.env" ] || text "$file" "$file"
  done
}

# kept REL: the same of what a release installs, where $p_kept asks for it: digest and place of each file. Variables are told of
# an env file that is another than the one there, texts by their digest.
kept() {
  [ -n "$p_kept" ] || return 0
  for file in "$1"/units/* "$1"/dropins/* "$1"/env; do
    [ -f "$file" ] || continue
    name=${file#"$1"/}
    place_of "$name"
    sum=$(sha256sum <"$file") sum=${sum%% *}
    say "${about}release" "file=$sum $at"
    case $name/$p_ours in
      env/*) cmp -s -- "$file" "$at" || variables "$file" | sed 's/^/variable=/' | say_lines "${about}release" ;;
      */texts) text "$file" "$sum" ;;
    esac
  done
}

# place_of NAME: where that file of a release lies on the host, into $at.
place_of() {
  case $1 in
    units/*) at=$unit_dir/${1##*/} ;;
    dropins/*) drop_in "${1##*/}" && at=$dropin ;;
    *) at=$env_dir/$p_app.env ;;
  esac
}

# text FILE NAME: what of it a person would read. Whether that is all of it shows its digest.
text() {
  say "${about}text" "=$2"
  head -c 32768 -- "$1" | head -n 600 | while IFS= read -r line || [ -n "$line" ]; do say "${about}text" "+$line"; done
}

# variables ENVFILE: `NAME DIGEST` of each. A value may go on over lines: a bare quote behind a name begins the next one.
variables() {
  [ -r "$1" ] || return 0
  name='' value=''
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *=\"*) begins=${line%%=*} ;; *) begins='' ;; esac
    case $begins in
      '' | [0-9]* | *[!A-Za-z0-9_]*) value=$value$nl$line ;;
      *) variable && name=$begins value=$line ;;
    esac
  done <"$1"
  variable
}

variable() {
  [ -n "$name" ] || return 0
  sum=$(printf '%s\n' "$value" | sha256sum)
  printf '%s %s\n' "$name" "${sum%% *}"
}

# edited: paths that differ from the release that serves.
edited() {
  [ -n "$current_id" ] || return 0
  rel=$app_dir/releases/$current_id tree=$p_path/releases/$current_id
  for file in "$rel"/units/* "$rel"/dropins/* "$rel"/env; do
    [ -f "$file" ] || continue
    place_of "${file#"$rel"/}"
    cmp -s "$file" "$at" || say "${about}edited" "$at"
  done
  [ ! -L "$tree" ] || { say "${about}edited" "$tree"; return; }
  [ -f "$rel/manifest" ] && cd -- "$tree" 2>/dev/null || return 0
  unlike=$(differences)
  printf '%s\n' "$unlike" | sed -n 's,^read ,./,p' | tr '\n' '\0' | timeout 5 xargs -0r sha256sum -b -- 2>/dev/null | awk '
    NR == FNR { split($0, field, "\t"); if (field[1] == "f") want[field[4]] = field[3]; next }
    { path = substr($0, 69) }
    want[path] != substr($0, 1, 64) { print path }' "$rel/manifest" - | edited_in_tree
  printf '%s\n' "$unlike" | sed -n 's/^differs //p' | edited_in_tree
}

edited_in_tree() { tree=$tree awk '{ print ENVIRON["tree"] "/" $0 }' | say_lines "${about}edited"; }

# differences: `differs PATH` for what the manifest names and is not there as that type with that mode; `read PATH` for a file that
# was written after the release was finished, or lies in a folder that was: one may have come in its place, with any time. A clock
# that was wrong makes old files look so: their content decides. Files that are not in the manifest are the app's own.
differences() {
  { timeout 5 find . -printf '%y\t%m\t%l\t%T@\t%P\n' && echo end; } 2>/dev/null | finished=$(stat -c %.9Y -- "$rel/manifest") awk -F'\t' '
    NR == FNR { want[$4] = $1 "\t" ($1 == "l" ? $3 : $2); next }
    $0 == "end" { for (path in want) print "differs", path; exit }
    $1 == "d" { later[$5] = $4 > ENVIRON["finished"] + 0 }
    !($5 in want) { next }
    want[$5] != $1 "\t" ($1 == "l" ? $3 : $2) { next }
    { delete want[$5]; folder = $5; if (!sub(/\/[^\/]*$/, "", folder)) folder = "" }
    $1 == "f" && (later[folder] || $4 > ENVIRON["finished"] + 0) { print "read", $5 }' "$rel/manifest" -
}
