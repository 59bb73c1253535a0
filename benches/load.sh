#!/usr/bin/env bash
# Measures `wxcheck load` beside an emitter that sends requests made beforehand, wrk with a Lua signer, and oha with one
# request for ever (the two last where they are installed): requests a second over 64 kept connections, median of five rounds
# in turn, towards one server that only answers. Takes about three minutes, listens on 127.0.0.1 only, and ends what it starts.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-4}
cargo build --release --bin wxcheck
bench=$(cargo bench -p wxcheck-load --bench emitters --no-run 2>&1 | sed -n 's/.*(\(.*\))$/\1/p' | tail -1)
wxcheck=$(dirname "$(dirname "$bench")")/wxcheck
figures=$(mktemp -d)
coproc TARGET { exec "$bench" target; }
trap 'kill "$TARGET_PID" 2>/dev/null; rm -rf "$figures"' EXIT
read -r address <&"${TARGET[0]}"

export WXCHECK_TOKEN=aTokenOfYourOwn WXCHECK_APPID=wx0123456789abcdef
key=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY
load() {
  "$wxcheck" load "http://$address/wechat" --connections 64 --threads 1 --duration "${seconds}s" "$@" |
    sed -n 's/.* s, \([0-9]*\) a second.*/\1/p'
}
note() { echo "$2" >>"$figures/$1"; echo "$1: $2"; }
for round in $(seq "$rounds"); do
  echo "round $round"
  note raw-plain "$("$bench" raw "$address" plain "$seconds")"
  note wxcheck-plain "$(load --mode plain)"
  if command -v wrk >/dev/null; then
    note wrk-lua-plain "$(wrk -t1 -c64 "-d${seconds}s" -s benches/load.lua "http://$address/wechat" |
      sed -n 's/^Requests\/sec: *\([0-9]*\).*/\1/p')"
  fi
  if command -v oha >/dev/null; then
    note oha-one-body "$(oha --no-tui -c 64 -z "${seconds}s" -m POST -d success "http://$address/wechat" |
      sed -n 's/.*Requests\/sec:\s*\([0-9]*\).*/\1/p')"
  fi
  note raw-safe "$("$bench" raw "$address" safe "$seconds")"
  note wxcheck-safe "$(load --mode safe --aes-key "$key")"
done
echo
for file in "$figures"/*; do
  printf '%-16s %s a second\n' "$(basename "$file")" "$(sort -n "$file" | sed -n "$(((rounds + 1) / 2))p")"
done
