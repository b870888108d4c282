# What ops deploy has put on a host, app by app. The apps' trees stay, unless they are asked for. What was adopted is not ours:
# its unit gets its own file back, `current` its own link, and of the folders that hold its tree only our releases go.
# shellcheck shell=sh
p_only='' p_trees=''
owners="$owners apps"

# belongings_apps: of every app, or of the one that is asked for. Another one that stays is in $others.
belongings_apps() {
  for dir in "$state"/apps/*/; do
    dir=${dir%/}
    [ -d "$dir" ] || continue
    [ -z "$p_only" ] || [ "$p_only" = "${dir##*/}" ] || { others=1; continue; }
    belongings_of "${dir##*/}"
    [ -n "$failed" ] || item state "$dir"
  done
  scope ''
}

# unit_file FILE: stopped and disabled before it goes.
unit_file() {
  case $1 in
    "$unit_dir"/*.d/*) item dropin "$1" && rmdir "${1%/*}" 2>/dev/null ;;
    "$unit_dir"/*)
      # A unit whose file is gone would go on being listed as failed.
      [ "$removing" != 1 ] || { end_unit "${1##*/}"; sctl reset-failed -- "${1##*/}" 2>/dev/null; }
      item unit "$1"
      ;;
    *) item env "$1" ;;
  esac
  return 0
}

restore() {
  for file in "$app_dir"/adopted/*; do
    [ -f "$file" ] || continue
    cmp -s "$file" "$unit_dir/${file##*/}" && continue
    tell restored "$unit_dir/${file##*/}"
    [ "$removing" != 1 ] || try put "$unit_dir/${file##*/}" 644 <"$file" || could_not "write $unit_dir/${file##*/}"
  done
}

# adopted_link: where the installation lies that was taken over, into $adopted; '' for none.
adopted_link() {
  adopted=''
  for known in "$app_dir"/releases/*/; do
    field "$known/meta" link
    adopted=${field_value:-$adopted}
  done
}

# restore_current: from one of our releases to what was taken over. One that lay in the target itself had no such link.
restore_current() {
  link=$(readlink "$p_path/current")
  case $link in releases/*) ;; *) return ;; esac
  [ -f "$app_dir/$link/meta" ] || return
  if [ "$adopted" = "$p_path" ]; then
    item link "$p_path/current"
    return
  fi
  tell restored "$p_path/current"
  [ "$removing" != 1 ] || try swap_back || could_not "point $p_path/current at $adopted"
}

# return_folder OWNER MODE FOLDER: whose it was before it was taken over. Last of all: from then on it is not safe to write there.
return_folder() {
  tell restored "$3"
  [ "$removing" != 1 ] || try give_folder_back "$@" || could_not "give back $3"
}

swap_back() { ln -sT -- "$adopted" "$p_path/.current-ops" && mv -fT "$p_path/.current-ops" "$p_path/current"; }

# run_again: what was taken over runs from its own place, before what it runs from now goes.
run_again() {
  [ "$removing" = 1 ] || return
  sctl daemon-reload
  for file in "$app_dir"/adopted/*; do
    [ ! -f "$file" ] || try sctl try-restart -- "${file##*/}" || could_not "restart ${file##*/}"
  done
}

trees() {
  for known in "$app_dir"/releases/*/; do
    known=${known%/}
    field "$known/meta" link
    [ -n "$adopted" ] && [ -z "$field_value" ] || continue
    item tree "$p_path/releases/${known##*/}"
  done
  [ -n "$adopted" ] || for name in releases current shared; do item tree "$p_path/$name"; done
  item marker "$p_path/.ops"
  [ "$removing" != 1 ] || rmdir "$p_path/releases" "$p_path/shared" "$p_path" 2>/dev/null
  return 0
}

belongings_of() {
  scope "$1"
  p_path=''
  [ -r "$app_dir/path" ] && read -r p_path <"$app_dir/path"
  if [ -s "$app_dir/created" ]; then
    while IFS= read -r file; do unit_file "$file"; done <"$app_dir/created"
  fi
  restore
  for file in "$unit_dir"/.ops-new-*; do item leftover "$file"; done
  [ -n "$p_path" ] || return 0
  place_guarded || { unsafe=${unsafe:-$(whose_open)}; return; }
  adopted_link
  [ -z "$adopted" ] || { restore_current; run_again; }
  for file in "$p_path"/.ops-new-* "$p_path"/releases/.partial-* "$p_path"/releases/.trash-* "$p_path"/.current-*; do item leftover "$file"; done
  # The mark stays with trees of ours that stay: the next deploy takes them for what they are.
  if [ -n "$p_trees" ]; then trees; elif [ -n "$adopted" ]; then item marker "$p_path/.ops"; fi
  [ -n "$failed" ] || each_taken return_folder
  # Looked at, not concluded: what is still there afterwards.
  [ "$removing" = 1 ] || return 0
  for name in releases current shared; do
    [ ! -e "$p_path/$name" ] && [ ! -L "$p_path/$name" ] || stays=$stays$p_path/$name$nl
  done
}
