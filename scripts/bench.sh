#!/usr/bin/env bash
# Builds the release binary and runs its measurements. Arguments go to `gridward bench`; BENCHMARKS.md names them.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked --package gridward
exec ./target/release/gridward bench "$@"
