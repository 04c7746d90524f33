#!/usr/bin/env bash
# Builds dist/directvm-<version>.tar.gz: the app, its launcher and the static program for x86_64 Linux.
# usage: scripts/package.sh [PROGRAM ...]   further programs, each a file named directvm-<machine>, go in beside it.
# The same sources and toolchain give the same bytes. SOURCE_DATE_EPOCH sets the files' time.
set -euo pipefail
cd "$(dirname "$0")/.."

target=x86_64-unknown-linux-gnu
app=build/directvm

fail() {
    printf 'package: %s\n' "$*" >&2
    exit 1
}

version_of_crate() {
    local line
    line=$(grep -m1 '^version = ' Cargo.toml) || fail 'Cargo.toml has no version'
    line=${line#*\"}
    printf '%s' "${line%%\"*}"
}

# 1.2.3 gives 1002003: rises with every release, as Splunk wants of it to renew browser caches.
build_number() {
    local major minor patch
    IFS=. read -r major minor patch <<<"${1%%[-+]*}"
    printf '%d' $((major * 1000000 + minor * 1000 + patch))
}

# No folder of the building machine gets into the program.
build_program() {
    local sysroot separator=$'\x1f' flags
    sysroot=$(rustc --print sysroot)
    flags="-Ctarget-feature=+crt-static"
    flags+="$separator--remap-path-prefix=$sysroot=rust"
    flags+="$separator--remap-path-prefix=${CARGO_HOME:-${HOME:-}/.cargo}=cargo"
    flags+="$separator--remap-path-prefix=$PWD=directvm"
    CARGO_ENCODED_RUSTFLAGS=$flags cargo build --quiet --release --locked --bin directvm --target "$target"
    program=${CARGO_TARGET_DIR:-target}/$target/release/directvm
}

stamp() {
    sed -e "s/@VERSION@/$version/g" -e "s/@BUILD@/$(build_number "$version")/g" "splunk_app/$1" >"$app/$1"
}

assemble() {
    rm -rf build/directvm
    mkdir -p build dist
    cp -R splunk_app "$app"
    stamp app.manifest
    stamp default/app.conf
    cp LICENSE NOTICE CHANGELOG.md "$app/"
    python3 scripts/package_licences.py "$target" >"$app/THIRD_PARTY_LICENSES.txt"
    cp "$program" "$app/bin/directvm-x86_64"
    local further
    for further in "$@"; do
        [[ ${further##*/} == directvm-* ]] || fail "$further: not named directvm-<machine>"
        cp "$further" "$app/bin/"
    done
    find "$app" -type d -exec chmod 00755 {} +
    find "$app" -type f -exec chmod 00644 {} +
    chmod 0755 "$app"/bin/*
}

check_program() {
    local headers
    headers=$(LC_ALL=C readelf --wide --program-headers --dynamic "$1") || fail "$1: not an ELF program"
    ! grep -qE 'INTERP|\(NEEDED\)' <<<"$headers" || fail "$1: not statically linked"
    [[ $(od -An -tu1 -j18 -N1 "$1" | tr -d ' ') == "$(machine_code "${1##*-}")" ]] ||
        fail "$1: built for another machine"
    ! LC_ALL=C grep -qaF -e "$PWD/" -e "${HOME:-$PWD}/" "$1" || fail "$1: holds a folder name of this machine"
}

# e_machine of the ELF header
machine_code() {
    case $1 in
        x86_64) printf 62 ;;
        aarch64) printf 183 ;;
        *) fail "directvm-$1: no such machine is supported" ;;
    esac
}

check_tree() {
    local odd
    odd=$(find "$app" \( -type l -o -name '.*' -o -perm /7022 -o ! -type d ! -type f \) -print)
    [[ -z $odd ]] || fail "must not be in the package: $odd"
    odd=$(find "$app" -type f -perm /0111 ! -path "$app/bin/*" -print)
    [[ -z $odd ]] || fail "executable outside bin: $odd"
    ! grep -rqE '@(VERSION|BUILD)@' "$app/app.manifest" "$app/default/app.conf" || fail 'a version mark was left unfilled'
    local said
    said=$("$app/bin/directvm" --version) || fail 'the packaged command does not start'
    [[ $said == "directvm $version" ]] || fail "the packaged command says '$said', Cargo.toml says $version"
}

pack() {
    local epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || true)}
    tar --sort=name --format=ustar --mtime="@${epoch:-1767225600}" --owner=0 --group=0 --numeric-owner \
        -C build -cf - directvm | gzip -9n >"$package.part"
    mv "$package.part" "$package"
}

version=$(version_of_crate)
package=dist/directvm-$version.tar.gz
build_program
assemble "$@"
for program in "$app"/bin/directvm-*; do
    check_program "$program"
done
check_tree
pack
printf '%s  %s bytes  sha256 %s\n' "$package" "$(wc -c <"$package")" "$(sha256sum "$package" | cut -d' ' -f1)"
