#!/usr/bin/env bash
# Measures `wxcheck load` beside an emitter that only sends what was sealed before, wrk with a signing script, and oha, all
# against the same target over 64 kept connections, in turn, and prints medians and ratios.
#
# The target counts, so that all are measured alike: requests from the first to the last, over the time between the two.
# oha and wrk are left out where they are not installed (apt-get install wrk; cargo install --locked oha). oha cannot sign:
# it sends the same request again and again. wrk signs each request and cannot seal: all have the same Encrypt.
#
# ROUNDS (5), SECONDS_EACH (5), CONNECTIONS (64), THREADS (of each emitter: the cores) and TARGET_THREADS (1) change what is
# measured. Listens on 127.0.0.1 only, and ends what it starts.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-5} connections=${CONNECTIONS:-64}
threads=${THREADS:-$(nproc)} target_threads=${TARGET_THREADS:-1}
token=conformance appid=wx0123456789abcdef key=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY

cargo build --release --locked --quiet
cargo build --release --locked --quiet --package wxcheck-load-benches
built=${CARGO_TARGET_DIR:-target}/release
scratch=$(mktemp -d)
target=
finish() {
  [ -z "$target" ] || kill "$target" 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT

# Starts a target; its address is in $url.
start() {
  mkfifo "$scratch/address"
  "$built/load-target" --threads "$target_threads" "$@" >"$scratch/address" &
  target=$!
  read -r url <"$scratch/address"
  rm "$scratch/address"
}

stop() {
  kill "$target"
  wait "$target" 2>/dev/null || true
  target=
}

raw() {
  "$built/load-emitter" "$url/wechat" --connections "$connections" --threads "$threads" --seconds "$1"
}

wxcheck() {
  "$built/wxcheck" load "$url/wechat" --connections "$connections" --threads "$threads" --duration "$1s" \
    --mode safe --token "$token" --appid "$appid" --aes-key "$key"
}

wrk_signing() {
  wrk --connections "$connections" --threads "$threads" --duration "$1s" \
    --script benches/load/sign.lua "$url/wechat" -- "$token" "$scratch/body"
}

oha_repeating() {
  oha -z "$1s" -c "$connections" --no-tui --method POST -T text/xml -D "$scratch/body" "$url/wechat"
}

emitters=(raw wxcheck)
if command -v wrk >/dev/null; then emitters+=(wrk_signing); else echo "left out: wrk (apt-get install wrk)"; fi
if command -v oha >/dev/null; then emitters+=(oha_repeating); else echo "left out: oha (cargo install --locked oha)"; fi

# Everybody who signs has to sign right.
"$built/load-emitter" http://127.0.0.1:9/wechat --body >"$scratch/body"
start --check
for emitter in "${emitters[@]}"; do
  [ "$emitter" = oha_repeating ] && continue
  "$emitter" 1 >"$scratch/said" 2>&1 || { cat "$scratch/said"; exit 1; }
  read -r requests _ refused < <(curl --silent --fail "$url/count")
  if [ "$requests" = 0 ] || [ "$refused" != 0 ]; then
    echo "$emitter: $refused of $requests requests are signed wrongly"
    cat "$scratch/said"
    exit 1
  fi
done
stop

start
for round in $(seq "$rounds"); do
  for emitter in "${emitters[@]}"; do
    "$emitter" "$seconds" >"$scratch/said" 2>&1 || { cat "$scratch/said"; exit 1; }
    curl --silent --fail "$url/count" >"$scratch/count"
    rate=$(awk '{ printf "%.0f", ($2 > 0 ? ($1 - 1) / $2 : 0) }' "$scratch/count")
    echo "$rate" >>"$scratch/$emitter"
    echo "round $round $emitter $rate"
  done
done
stop

median() {
  sort -n "$scratch/$1" | awk '{ rates[NR] = $1 } END { print rates[int((NR + 1) / 2)] }'
}
ours=$(median wxcheck)
echo
echo "medians of $rounds rounds of $seconds s, $connections connections, $threads threads of the emitter, $target_threads of the target:"
for emitter in "${emitters[@]}"; do
  rate=$(median "$emitter")
  echo "$emitter $rate $ours" | awk '{ printf "%-14s %8d/s", $1, $2; if ($1 != "wxcheck") printf "   wxcheck load is %.2f of it", $3 / $2; print "" }'
done
