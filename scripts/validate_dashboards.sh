#!/usr/bin/env bash
# Judges the Dashboard Studio views: Splunk's schema and the project's rules.
# usage: scripts/validate_dashboards.sh [--setup]      --setup only installs the tools, in .cache/dashboards
set -euo pipefail
cd "$(dirname "$0")/.."

cache=$PWD/.cache/dashboards
sources=$PWD/scripts/dashboards
export NODE_PATH=$cache/node_modules

fail() {
    printf 'validate_dashboards: %s\n' "$*" >&2
    exit 1
}

install_packages() {
    command -v npm >/dev/null || fail 'node and npm are needed (20 or newer)'
    mkdir -p "$cache"
    ! cmp -s "$sources/package.json" "$cache/.installed" || return 0
    cp "$sources/package.json" "$cache/package.json"
    npm install --prefix "$cache" --legacy-peer-deps --ignore-scripts --no-audit --no-fund --no-package-lock --silent
    cp "$sources/package.json" "$cache/.installed"
}

install_packages
[[ ${1:-} != --setup ]] || exit 0
node "$sources/validate.cjs" splunk_app
