#!/usr/bin/env bash
# Builds the web app into web/dist, which the binary embeds. Does nothing where web/ has no package.json yet.
#
#   scripts/web.sh install    only fetch the locked packages
#   scripts/web.sh build      fetch them and build
#
# Skips the fetch when the lock file has not changed since the last one.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -f web/package.json ]; then
  echo "web: no web/package.json, nothing to build"
  exit 0
fi
cd web

if ! cmp -s package-lock.json node_modules/.gridward-lock 2>/dev/null; then
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.gridward-lock
fi
[ "${1:-build}" = install ] || npm run build
