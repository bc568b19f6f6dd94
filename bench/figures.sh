#!/usr/bin/env bash
# Measures every figure of docs/performance.md and leaves them in bench-report/:
# figures.txt with all the tables, and a page with curves for each run of
# paycode bench. Takes about half an hour and 15 GB of disk for a while; with
# QUICK=1 three minutes, to see that everything works.
set -euo pipefail
cd "$(dirname "$0")/.."

out=bench-report
mkdir -p "$out" bin
: >"$out/figures.txt"
go build -o bin/paycode ./cmd/paycode
go build -tags libcrypto -o bin/paycode-libcrypto ./cmd/paycode

many=5000000 quick=() rounds=31 benchtime=2s
if [ "${QUICK:-}" ]; then many=100000 quick=(--quick) rounds=3 benchtime=100ms; fi

# measure TITLE COMMAND… runs a command, whose output goes to the screen and the tables.
measure() {
  local title=$1
  shift
  printf '\n== %s\n   %s\n\n' "$title" "$*" | tee -a "$out/figures.txt"
  "$@" | tee -a "$out/figures.txt"
}

measure "Codes, in turn with pquerna/otp" \
  bin/paycode bench codes --rounds "$rounds"
measure "Payments on SQLite" \
  bin/paycode bench "${quick[@]}" --report "$out/sqlite.html"
measure "Tills that speak Alipay's OpenAPI, answers signed by libcrypto" \
  bin/paycode-libcrypto bench "${quick[@]}" --phases tills --clients 64
measure "Payments on PostgreSQL, in turn with pgbench" \
  bin/paycode bench "${quick[@]}" --postgres-temporary --compare pgbench --report "$out/postgres.html"
measure "Few and many devices on PostgreSQL" \
  bin/paycode bench "${quick[@]}" --postgres-temporary --phases ramp --fill "$many" --compare fill --report "$out/postgres-devices.html"
measure "Few and many devices on SQLite" \
  bin/paycode bench "${quick[@]}" --phases ramp --fill "$many" --compare fill --report "$out/sqlite-devices.html"
measure "The store alone: payments in batches, events relayed" \
  go test ./store/sqlite ./store/postgres -run '^$' -bench 'Payments|Relay' -benchtime "$benchtime"
measure "The processor's lanes alone" \
  go test ./payment -run '^$' -bench Lanes -benchtime "$benchtime"
measure "The pages" \
  go test ./e2e -count=1 -v -run 'PayOffline|ColdStart|FirstVisit'

printf '\nAll tables: %s/figures.txt. Pages with curves: %s\n' "$out" "$(ls "$out"/*.html | tr '\n' ' ')"
