# A release that was proven here answered where an operator asked it, too: now it is proven.
# Invariant: only the release that is current, and only when its transaction saw it through.
# shellcheck shell=sh
p_release=''

params
seams
field "$app_dir/releases/$p_release/meta" link
[ "$(readlink "$p_path/current")" = "${field_value:-releases/$p_release}" ] || refuse facts-changed "$p_release is not current any more"
state_of "$app_dir/releases/$p_release"
case $release_state in
  proven) ;;
  active) mark "$app_dir/releases/$p_release" proven || refuse state-unwritable "cannot write $app_dir" ;;
  *) refuse facts-changed "$p_release is $release_state" ;;
esac
exit 0
