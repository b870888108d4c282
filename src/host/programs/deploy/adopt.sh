# Records the installation that already runs as a proven release to go back to.
# Invariant: its tree, its units and what they run are only read; the one thing put there is our marker.
# shellcheck shell=sh
p_run='' p_release='' p_link='' p_unit='' p_foreign='' p_by=''

params
seams
known_schema
[ ! -e "$p_path/.ops" ] || refuse adopt-twice "$p_path is ours already"
link=$p_link
[ ! -L "$p_path/current" ] || link=$(readlink "$p_path/current")
[ ! -e "$p_path/current" ] || [ -L "$p_path/current" ] || refuse target-foreign "$p_path/current is not a symbolic link"
case $link in /*) tree=$link ;; '') refuse adopt-nothing "no installation is named" ;; *) tree=$p_path/$link ;; esac
[ -d "$tree" ] || refuse adopt-nothing "$tree is not a folder"
# shellcheck disable=SC2086 # unit names have no blanks
set -- $p_unit $p_foreign
services=$*
if [ -n "$services" ]; then
  snapshot
  judge
  [ "$verdict" = up ] || refuse adopt-not-running "${bad_unit:-$waiting}: ${bad_why:-not active yet}"
fi
rel=$app_dir/releases/$p_release new=$app_dir/releases/.new
mkdir -p "$app_dir/releases" "$app_dir/runs" "$app_dir/adopted" && rm -rf "$new" && mkdir "$new" "$new/units" "$new/dropins" ||
  refuse target-unwritable "cannot write $app_dir"
[ -e "$state/schema" ] || echo 1 | put "$state/schema" 644 || refuse target-unwritable "cannot write $state/schema"
(umask 077 && blobs "$new") && [ -f "$new/spec" ] || refuse target-unwritable "cannot write $new"
for unit in $p_unit; do
  [ -f "$unit_dir/$unit" ] || continue
  cp -p "$unit_dir/$unit" "$new/units/" && cp -p "$unit_dir/$unit" "$app_dir/adopted/" || refuse target-unwritable "cannot write $new"
done
printf '%s\n' 'seq=0' "id=$p_release" "link=$link" "created=$(date -u +%Y-%m-%dT%H:%M:%SZ)" "run=$p_run" "by=$p_by" 'digest=' >"$new/meta" &&
  printf '%-6s\n' proven >"$new/state" && printf '%s' "${invocations:-}" >"$new/invocations" &&
  sync -f "$new" && mv -T "$new" "$rel" && printf '%s\n' "$p_path" | put "$app_dir/path" 644 || refuse target-unwritable "cannot write $rel"
mkdir -p "$p_path" && echo "app $p_app" | put "$p_path/.ops" 644 || refuse target-unwritable "cannot write $p_path/.ops"
say adopted "$p_release"
say link "$link"
exit 0
