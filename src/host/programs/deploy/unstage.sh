# Takes back what the preparation of an upload made in what was to be taken over: the upload came to nothing.
# shellcheck shell=sh
p_run='' p_user=''

params
seams
place_guarded && untake "$p_user"
exit 0
