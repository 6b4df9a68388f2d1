#!/usr/bin/env bash
# Drives the screens in a real browser against a real, small demo city: starts one on a free port in a temporary
# folder, runs `npm run e2e`; then a case goes round the loop with curl, the city is stopped, and a changed byte of the
# record is found (docs/loop.md is written by the same). Arguments name a spec. The binary is the one that the Rust
# tests built.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked --package gridward
dir=$(mktemp -d -t gridward-e2e.XXXXXX)
port=$(node -e 's=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
export GRIDWARD_BIN; GRIDWARD_BIN=$(realpath "${CARGO_TARGET_DIR:-target}/debug/gridward")
export BASE_URL="http://127.0.0.1:$port" GRIDWARD_DEMO_PASSWORD="browsers-look-too"

GRIDWARD_DATA="$dir" GRIDWARD_PORT="$port" GRIDWARD_DEMO_CASES=3000 GRIDWARD_DEMO_EDITIONS=6 \
  GRIDWARD_DEMO_CARE=200 \
  "${CARGO_TARGET_DIR:-target}/debug/gridward" demo >"$dir/demo.log" 2>&1 &
demo=$!
trap 'kill $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -rf "$dir"' EXIT

for _ in $(seq 1 300); do
  curl -sf "$BASE_URL/health/ready" >/dev/null && break
  kill -0 $demo 2>/dev/null || { cat "$dir/demo.log"; exit 1; }
  sleep 1
done
(cd web && npm run --silent e2e -- "$@")

scripts/loop.sh drive "$BASE_URL" "$GRIDWARD_DEMO_PASSWORD" >"$dir/loop.md"
kill $demo && wait $demo || true
scripts/loop.sh tamper "${CARGO_TARGET_DIR:-target}/debug/gridward" "$dir" >>"$dir/loop.md"
echo "the loop with curl: $(grep -c '^\$ curl' "$dir/loop.md") requests, the changed byte found"
