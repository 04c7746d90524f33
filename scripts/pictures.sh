#!/usr/bin/env bash
# Makes the pictures of the README anew, in docs/images: of a dashboard with the demonstration's findings, and of the report of
# a scan of the sample events.
# usage: scripts/pictures.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/chromium.sh

install_chromium
[[ -n $chromium ]] || { printf 'pictures: Chromium is needed (Debian: apt-get install chromium)\n' >&2; exit 1; }
scripts/package.sh >/dev/null
scripts/validate_dashboards.sh >/dev/null
mkdir -p docs/images
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp tests/demo/events.json "$work/exported-logs.json"
program=$PWD/build/directvm/bin/directvm
(cd "$work" && "$program" scan exported-logs.json --quiet --format jsonl --report report.html >/dev/null)
node scripts/pictures.cjs "$chromium" .cache/dashboards/shots/overview-light.png "$work/report.html" docs/images
ls -l docs/images
