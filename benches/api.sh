#!/usr/bin/env bash
# Measures `wxcheck serve` beside a bare axum handler and wiremock-rs: requests a second for the token and
# custom/send endpoints, with state, checks and journal on; memory before and after a million messages; the
# time to the first answer. Takes about two minutes, listens on 127.0.0.1 only, and ends what it starts.
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo bench --bench api
