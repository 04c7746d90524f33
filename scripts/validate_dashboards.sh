#!/usr/bin/env bash
# Checks the Dashboard Studio views: Splunk's schema, the project's rules, and how they look in a browser with rows
# of the packaged command. Screenshots are left in .cache/dashboards/shots.
# usage: scripts/validate_dashboards.sh [--setup | --schema]
#   --setup only installs the tools, in .cache/dashboards; --schema does not render, so it needs neither package nor browser
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/chromium.sh

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

bundle() {
    cp "$sources/page.html" "$cache/page/"
    "$cache/node_modules/.bin/esbuild" "$sources/page.jsx" --bundle --outfile="$cache/page/page.js" --log-level=error \
        --loader:.js=jsx --loader:.{svg,png,woff,woff2}=dataurl --jsx=automatic --platform=browser \
        '--define:process.env.NODE_ENV="production"' --define:global=window
}

# Without Chromium the views are still checked, but not rendered.
render() {
    local launcher=build/directvm/bin/directvm
    install_chromium
    if [[ -z $chromium ]]; then
        printf 'SKIPPED: Chromium is not installed, so no view was rendered (Debian: apt-get install chromium)\n'
        return
    fi
    [[ -x $launcher ]] || scripts/package.sh >/dev/null
    mkdir -p "$cache/page"
    python3 "$sources/make_rows.py" splunk_app "$launcher" "$cache/page/views.js"
    bundle
    node "$sources/render.cjs" "$chromium" "$cache/page" "$cache/shots"
}

install_packages
[[ ${1:-} != --setup ]] || exit 0
node "$sources/plant.cjs" splunk_app
node "$sources/validate.cjs" splunk_app
[[ ${1:-} == --schema ]] || render
