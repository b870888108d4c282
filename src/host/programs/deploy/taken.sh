# Folders of somebody else that an adoption takes over: where others may write, root does not. `taken` says what they were.
# shellcheck shell=sh
p_run='' p_take=''

# take_folders: they change hands as the plan says: each folder alone, and nothing in it. Nobody else can put another in its place
# meanwhile. False, and why in $said.
take_folders() {
  while read -r owner mode becomes folder; do
    [ -n "$folder" ] && ! is_ours "$folder" || continue
    guarded "${folder%/*}" || { said=$(whose_open); return 1; }
    [ -d "$folder" ] && is_as "$owner $mode" "$folder" || { said="$folder is not as the plan saw it"; return 1; }
    try note_taken "$owner $mode $folder" && try chown -h 0 -- "$folder" && try chmod "$becomes" -- "$folder" ||
      { said="cannot take over $folder$reason"; return 1; }
  done <<FOLDERS
$p_take
FOLDERS
}

# is_as OWNER-AND-MODE FOLDER: of a link it is never so.
is_as() { [ ! -L "$2" ] && [ "$(stat -c '%u:%g %a' -- "$2")" = "$1" ]; }

note_taken() { printf '%s\n' "$1" >>"$app_dir/taken" && sync "$app_dir/taken"; }

# each_taken STEP: calls STEP OWNER MODE FOLDER for each that is not what it was, the innermost first.
each_taken() {
  [ -s "$app_dir/taken" ] || return 0
  while read -r owner mode folder; do
    [ ! -d "$folder" ] || is_as "$owner $mode" "$folder" || "$1" "$owner" "$mode" "$folder"
  done <<TAKEN
$(tac "$app_dir/taken")
TAKEN
}

give_folder_back() { guarded "${3%/*}" && is_ours "$3" && chmod "$2" -- "$3" && chown -h "$1" -- "$3"; }

# untake USER: nothing of ours stays in what was to be taken over, and its folders are whose they were: unless another run is at work
# there. What lies where the account of the app may write, that account removes.
untake() {
  mark_in "$p_path"
  [ -z "$marked" ] || return 0
  user=$1
  rm -rf -- "$p_path/releases/.partial-$p_run"
  [ ! -r "$app_dir/made" ] || sort -r "$app_dir/made" | while IFS= read -r made; do
    if guarded "${made%/*}"; then set --; else set -- as_user; fi
    "$@" find "$made" -maxdepth 0 -empty -delete
  done 2>/dev/null
  rm -f "$app_dir/made"
  [ -n "$(find "$p_path/releases" -maxdepth 1 -name '.partial-*' -print -quit 2>/dev/null)" ] || { each_taken give_folder_back; rm -f "$app_dir/taken"; }
}
