#!/usr/bin/env bash
# Opens reports of a scan in a browser: filters, sorts, opens, copies and prints them. Screenshots are left in .cache/report.
# usage: scripts/validate_report.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/chromium.sh

install_chromium
if [[ -z $chromium ]]; then
    printf 'SKIPPED: Chromium is not installed, so no report was opened (Debian: apt-get install chromium)\n'
    exit 0
fi
program=$(readlink -f "$1")
mkdir -p .cache/report
cd .cache/report
for count in 300 50000; do
    python3 ../../scripts/report/logs.py "$count" "$count.json"
    "$program" scan --quiet --format jsonl -o "$count.jsonl" --report "$count.html" "$count.json"
done
node ../../scripts/report/test.cjs "$chromium" "$PWD"
