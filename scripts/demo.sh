#!/usr/bin/env bash
# Builds the web app and the binary, then starts the demo city. Arguments go to `gridward demo` (--live, ...).
#
# GRIDWARD_PORT, GRIDWARD_DATA and GRIDWARD_DEMO_PASSWORD reach the program through the environment.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/web.sh build
cargo build --release --locked --package gridward
exec ./target/release/gridward demo "$@"
