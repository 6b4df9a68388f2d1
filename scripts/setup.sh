#!/usr/bin/env bash
# Makes a machine ready for `make demo` or `make test`: checks the compilers, installs missing Debian packages.
#
#   scripts/setup.sh demo|test [--dry-run]
#
# Says what it installs and why. Installs only what is missing, starts no service, and changes nothing where
# everything is there. On a system without apt-get it prints what to install and stops.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-}
dry_run=${2:-}
case "$purpose" in
  demo | test) ;;
  *) echo "usage: scripts/setup.sh demo|test [--dry-run]" >&2; exit 2 ;;
esac

RUST_NEEDED=1.95.0
NODE_NEEDED=20.19.0
POSTGRES_NEEDED=15

say() { printf 'setup: %s\n' "$*"; }
stop() { printf 'setup: %s\n' "$@" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
# Is version $1 at least $2?
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

packages=()
need() { # need PACKAGE WHY
  say "missing: $1 ($2)"
  packages+=("$1")
}

# --- compilers ---------------------------------------------------------------------------------------------

check_rust() {
  if ! have cargo || ! have rustc; then
    stop "Rust $RUST_NEEDED or newer is needed and cargo is not on the path." \
      "Install it with rustup (https://rustup.rs, or the package 'rustup' where your system has it):" \
      "  rustup default stable"
  fi
  local version
  version=$(rustc --version | awk '{ print $2 }')
  at_least "${version%%-*}" "$RUST_NEEDED" ||
    stop "Rust $RUST_NEEDED or newer is needed; this is $version. Run: rustup update stable"
  if [ "$purpose" = test ] && { ! have cargo-fmt || ! have cargo-clippy; }; then
    stop "rustfmt and clippy are needed for the checks. Run: rustup component add rustfmt clippy"
  fi
}

check_node() {
  [ -f web/package.json ] || return 0
  if have node && have npm && at_least "$(node --version | tr -d v)" "$NODE_NEEDED"; then return 0; fi
  # Some releases of Debian and Ubuntu carry a Node that is new enough; the others need another source.
  local offered=""
  if have apt-cache; then
    offered=$(apt-cache policy nodejs 2>/dev/null | awk '/Candidate:/ { print $2 }')
  fi
  if [ -n "$offered" ] && ! have node && at_least "${offered%%[~+-]*}" "$NODE_NEEDED"; then
    need nodejs "builds the web pages"
    need npm "fetches what the web pages are built from"
  else
    stop "Node.js $NODE_NEEDED or newer with npm is needed to build the web pages; here: $(node --version 2>/dev/null || echo none)." \
      "Install it from https://nodejs.org or with a version manager (nvm, fnm), then run this again."
  fi
}

# --- packages ----------------------------------------------------------------------------------------------

has_postgres() {
  local dir
  for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null) "$(dirname "$(command -v postgres || echo /none/x)")"; do
    if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] &&
      at_least "$("$dir/postgres" --version | grep -oE '[0-9]+' | head -n 1)" "$POSTGRES_NEEDED"; then
      return 0
    fi
  done
  return 1
}

has_chinese_font() {
  have fc-list && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null | head -n 1)" ]
}

check_packages() {
  have cc || need build-essential "compiles the bundled SQLite"
  have pkg-config || need pkg-config "finds system libraries for the build"
  have git || need git "lists the files that the checks read"
  [ "$purpose" = test ] || return 0
  have curl || need curl "drives the API in scripted checks"
  have jq || need jq "reads answers in scripted checks"
  have sqlite3 || need sqlite3 "changes a byte behind the program's back, which verify must notice"
  have openssl || need openssl "makes the certificate of the private test cluster"
  has_postgres || need postgresql "server programs for a private test cluster; no system cluster is made or started"
  [ -d web/e2e ] || return 0
  have chromium || have chromium-browser || have google-chrome || need chromium "end-to-end tests in a real browser"
  has_chinese_font || need fonts-noto-cjk "Chinese text in the browser tests"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
}

install_packages() {
  [ ${#packages[@]} -gt 0 ] || { say "everything for 'make $purpose' is here"; return 0; }
  local by_hand="apt-get install ${packages[*]}"
  if ! have apt-get; then
    stop "this system has no apt-get. Install what your system calls: ${packages[*]}" "then run this again."
  fi
  if [ "$(id -u)" != 0 ] && ! have sudo; then
    stop "not root and no sudo here. As root, run:" "  $by_hand" "then run this again."
  fi
  if [ "$dry_run" = --dry-run ]; then say "would run: $by_hand"; return 0; fi

  say "installing: ${packages[*]}"
  # Debian makes and starts a system-wide database cluster when the server is installed. Tests want only the
  # programs: for the time of the installation, say no to both.
  local no_cluster=/etc/postgresql-common/createcluster.d/gridward-setup.conf
  case " ${packages[*]} " in
    *" postgresql "*)
      as_root mkdir -p "$(dirname "$no_cluster")"
      echo "create_main_cluster = false" | as_root tee "$no_cluster" >/dev/null
      ;;
  esac
  local status=0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || say "apt-get update failed; trying with the lists at hand"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null || status=$?
  [ ! -e "$no_cluster" ] || as_root rm -f "$no_cluster"
  [ $status = 0 ] || stop "apt-get could not install them. By hand: $by_hand"
  say "installed"
}

check_rust
check_node
check_packages
install_packages
