#!/usr/bin/env bash
# A private PostgreSQL for tests: a cluster in a folder of its own, on a free port of this machine, durable as in earnest.
#
#   scripts/pg.sh start DIR      make and start a cluster in DIR, print its URL
#   scripts/pg.sh url DIR        print the URL of a running one
#   scripts/pg.sh stop DIR       stop it and remove DIR
#   scripts/pg.sh with CMD...    start one in a temporary folder, run CMD with GRIDWARD_TEST_PG set, stop it
#
# PostgreSQL refuses to run as root: root runs it as GRIDWARD_PG_USER (default postgres).
set -euo pipefail

bin() {
    local it
    for it in "${GRIDWARD_PG_BIN:-}" /usr/lib/postgresql/*/bin "$(dirname "$(command -v postgres || echo /x)")"; do
        [ -x "$it/initdb" ] && { echo "$it"; return; }
    done
    echo "pg.sh: no PostgreSQL server programs found; set GRIDWARD_PG_BIN" >&2
    exit 1
}

as_server() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$user" --regid="$user" --clear-groups env -i PATH="$PATH" LC_ALL=C HOME="$dir" "$@"
    else
        env LC_ALL=C "$@"
    fi
}

free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
    echo "pg.sh: no free port found" >&2
    exit 1
}

certificate() { # certificate NAME [OPTION...]
    local name=$1
    shift
    as_server openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$name" "$@" \
        -keyout "$dir/$name.key" -out "$dir/$name.crt" 2>"$dir/openssl.log" || { cat "$dir/openssl.log" >&2; exit 1; }
}

start() {
    mkdir -p "$dir"
    chmod 755 "$dir"
    [ "$(id -u)" = 0 ] && chown "$user" "$dir"
    # -k: page checksums, as any cluster that keeps a city's records should have
    as_server "$pg/initdb" -k -U gridward -A trust -E UTF8 --locale=C -D "$dir/data" >"$dir/initdb.log" 2>&1 ||
        { cat "$dir/initdb.log" >&2; exit 1; }
    # An authority of its own, $dir/authority.crt, which only those trust who name it.
    certificate authority
    certificate server -CA "$dir/authority.crt" -CAkey "$dir/authority.key" \
        -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:127.0.0.1
    local try port
    for try in 1 2 3 4 5; do
        port=$(free_port)
        if as_server "$pg/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/server.log" start -o \
            "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir -c ssl=on -c ssl_cert_file=$dir/server.crt -c ssl_key_file=$dir/server.key -c fsync=on -c max_connections=200" >/dev/null; then
            echo "postgres://gridward@127.0.0.1:$port/postgres" | tee "$dir/url"
            return
        fi
        [ "$try" = 5 ] && { tail -20 "$dir/server.log" >&2; exit 1; }
    done
}

stop() {
    [ -f "$dir/data/postmaster.pid" ] && as_server "$pg/pg_ctl" -D "$dir/data" -w -m immediate stop >/dev/null
    # Only what this script made: a folder with a cluster in it.
    if [ -f "$dir/data/PG_VERSION" ]; then rm -rf "$dir"; fi
}

user=${GRIDWARD_PG_USER:-postgres}
case "${1:-}" in
    start | url | stop)
        dir=${2:?"pg.sh: which folder?"}
        pg=$(bin)
        if [ "$1" = url ]; then cat "$dir/url"; else "$1"; fi
        ;;
    with)
        shift
        dir=$(mktemp -d -t gridward-pg.XXXXXX)
        pg=$(bin)
        trap stop EXIT
        GRIDWARD_TEST_PG=$(start)
        export GRIDWARD_TEST_PG
        "$@"
        ;;
    *)
        sed -n '2,9s/^# \{0,1\}//p' "$0"
        exit 2
        ;;
esac
