# How an app is, as a transaction and whoever follows it look at it.
# shellcheck shell=sh

look() { printf 'current %s\n' "$(readlink -- "$p_path/current" || echo -)"; }

# let_go: what was sent starts from a release that is current no more: nobody goes on with it.
let_go() { place_guarded && rm -rf -- "$p_path/releases/.partial-$p_run"; }
