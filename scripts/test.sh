#!/usr/bin/env bash
# Everything that must hold before a change lands, in one run: `make test` and CI are this and nothing else.
#
# Each part's output goes to the screen and to target/test-logs/PART.log. A failing part does not stop the
# others; the summary at the end names it and the exit code is 1. Tests that need files from beside the
# repository skip with a printed line.
set -uo pipefail
cd "$(dirname "$0")/.."

logs=target/test-logs
rm -rf "$logs"
mkdir -p "$logs"
summary=()
failed=0

part() { # part NAME COMMAND...
  local name=$1 start=$SECONDS status=ok
  shift
  printf '\n=== %s: %s\n' "$name" "$*"
  "$@" 2>&1 | tee "$logs/$name.log"
  if [ "${PIPESTATUS[0]}" != 0 ]; then
    status=FAILED
    failed=1
  fi
  summary+=("$(printf '%-12s %5d s  %s' "$name" $((SECONDS - start)) "$status")")
  [ "$status" = ok ]
}

skip() { # skip NAME WHY
  printf '\n=== %s: skipped, %s\n' "$1" "$2"
  summary+=("$(printf '%-12s %7s  skipped: %s' "$1" - "$2")")
}

pg_dir=""
start_postgres() { pg_dir=$(mktemp -d -t gridward-pg.XXXXXX) && GRIDWARD_TEST_PG=$(scripts/pg.sh start "$pg_dir"); }
stop_postgres() { [ -z "$pg_dir" ] || scripts/pg.sh stop "$pg_dir" >/dev/null 2>&1 || true; pg_dir=""; }

# Closing lines of `cargo test`, added up over all test binaries.
cargo_total() {
  awk '/^test result:/ { for (i = 1; i < NF; i++) { n = $i; w = $(i + 1); sub(/;$/, "", w)
         if (w == "passed") p += n; if (w == "failed") f += n; if (w == "ignored") s += n } }
       END { printf "cargo: %d passed, %d failed, %d skipped\n", p, f, s }' "$1"
}

web_script() { node -e 'process.exit(require("./web/package.json").scripts?.[process.argv[1]] ? 0 : 1)' "$1"; }
npm_run() { (cd web && npm run --silent "$@"); }

finish() {
  stop_postgres
  printf '\n=== summary (%d s)\n' "$SECONDS"
  printf '%s\n' "${summary[@]}"
  if [ -f "$logs/rust-test.log" ]; then
    local total
    total=$(cargo_total "$logs/rust-test.log")
    case "$total" in *" 0 passed"*) echo "no Rust test ran"; failed=1 ;; esac
    grep -h '^skipped:' "$logs/rust-test.log" | sort | uniq -c
    grep -hE '^(test .* FAILED|error(\[|:).*could not compile)' "$logs/rust-test.log" | sort -u
    echo "$total"
  fi
  # What the web runners close with.
  [ ! -f "$logs/web-test.log" ] || grep -hE '^ *(Test Files|Tests) ' "$logs/web-test.log"
  [ ! -f "$logs/e2e.log" ] || grep -hE '^(#|ℹ) (tests|pass|fail|skipped) ' "$logs/e2e.log"
  exit "$failed"
}

part setup scripts/setup.sh test || finish
trap stop_postgres EXIT
trap 'exit 130' INT TERM

part fmt cargo fmt --all --check
part tidy cargo xtask tidy
part clippy cargo clippy --workspace --all-targets --locked -- -D warnings

if [ -f web/package.json ]; then
  if part web-build scripts/web.sh build; then
    if web_script check; then part web-check npm_run check; fi
    if web_script test; then part web-test npm_run test; fi
  fi
else
  skip web "no web/package.json"
fi

if start_postgres; then
  export GRIDWARD_TEST_PG
else
  echo "the private PostgreSQL did not start"
  summary+=("postgres              FAILED")
  failed=1
fi

part rust-test cargo test --workspace --locked --no-fail-fast

if [ -d web/e2e ] && web_script e2e; then
  part e2e scripts/e2e.sh
fi
finish
