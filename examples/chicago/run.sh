#!/bin/sh
# Replays a city's open data of sanitation complaints and prints its figures as one line of JSON, the last line.
#   examples/chicago/run.sh DB_URL FILE.csv[.gz]
# Uses $GRIDWARD_BIN when set, else builds the binary first. Rejected rows go to $GRIDWARD_REJECTED, else to
# the file's name + .rejected.csv in the present folder.
set -eu
if [ $# -ne 2 ]; then
  echo "usage: examples/chicago/run.sh DB_URL FILE.csv[.gz]" >&2
  exit 2
fi
db=$1 file=$2
here=$(cd "$(dirname "$0")" && pwd)
gridward() {
  if [ -n "${GRIDWARD_BIN:-}" ]; then
    "$GRIDWARD_BIN" "$@"
  else
    cargo run --quiet --release --manifest-path "$here/../../Cargo.toml" -p gridward -- "$@"
  fi
}
areas=$(mktemp)
trap 'rm -f "$areas"' EXIT
{
  echo code,parent,name_zh,name_en,kind
  echo 1701,,芝加哥,Chicago,city
  ward=1
  while [ $ward -le 50 ]; do
    printf '1701%02d,1701,第%d选区,Ward %d,district\n' $ward $ward $ward
    ward=$((ward + 1))
  done
} > "$areas"
gridward import areas "$areas" --db "$db" >&2
gridward import units "$here/units.csv" --db "$db" >&2
gridward import classes "$here/classes.csv" --db "$db" >&2
if [ -n "${GRIDWARD_REJECTED:-}" ]; then
  gridward import cases --mapping "$here/mapping.toml" "$file" --db "$db" --rejected "$GRIDWARD_REJECTED"
else
  gridward import cases --mapping "$here/mapping.toml" "$file" --db "$db"
fi
gridward stats cases --db "$db" --json
