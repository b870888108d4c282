#!/bin/sh
# Installs the exact packages of package-lock.json when they are not there yet. Runs before every npm script, on any Node.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.installed-lock
if ! cmp -s package-lock.json "$stamp"; then
	echo "Installing the npm packages of package-lock.json…" >&2
	npm ci --no-fund --no-audit --loglevel=error
	cp package-lock.json "$stamp"
fi
if ! node_modules/.bin/node --version >/dev/null 2>&1; then
	echo "The npm package 'node' did not install its binary. Allow its install script (npm config get ignore-scripts) and run again." >&2
	exit 1
fi
