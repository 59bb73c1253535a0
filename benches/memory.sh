#!/usr/bin/env bash
# Measures the most memory that `wxcheck load` takes for COUNT (10000000) pushes in safe mode with an account of effects: first with
# a user for each push, then with users drawn from a population of USERS (1000000). Fails above MOST_MB (200).
#
# The target calls no API, so that the account has pushes and no effects; those add two bytes for each user
# (`load/src/ledger/acts.rs`). Needs GNU time (apt-get install time). BUILT is a folder with the programs; without it they are built.
# Listens on 127.0.0.1 only, and ends what it starts.
set -euo pipefail
cd "$(dirname "$0")/.."

count=${COUNT:-10000000} users=${USERS:-1000000} most=${MOST_MB:-200}
token=conformance appid=wx0123456789abcdef key=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY

if [ -z "${BUILT:-}" ]; then
  cargo build --release --locked --quiet
  cargo build --release --locked --quiet --package wxcheck-load-benches
  BUILT=${CARGO_TARGET_DIR:-target}/release
fi
scratch=$(mktemp -d)
target=
finish() {
  [ -z "$target" ] || kill "$target" 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT

mkfifo "$scratch/address"
"$BUILT/load-target" >"$scratch/address" &
target=$!
read -r url <"$scratch/address"

failed=0
measure() {
  local name=$1
  shift
  /usr/bin/time --format '%M %e' --output "$scratch/taken" \
    "$BUILT/wxcheck" load "$url/wechat" --count "$count" --connections 64 --threads 1 --mode safe \
    --token "$token" --appid "$appid" --aes-key "$key" --api-listen 127.0.0.1:0 "$@" >"$scratch/said" 2>&1 ||
    { cat "$scratch/said"; exit 1; }
  awk -v name="$name" -v count="$count" -v most="$most" '
    { printf "%-16s %d pushes, %.0f s, at most %.0f MB\n", name, count, $2, $1 * 1024 / 1e6; exit ($1 * 1024 / 1e6 > most) }
  ' "$scratch/taken" || failed=1
}

measure "a user each"
measure "$users users" --users "$users"
exit "$failed"
