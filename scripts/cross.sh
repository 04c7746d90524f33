#!/usr/bin/env bash
# Builds the programs for the other machines, build/programs/directvm-aarch64 and build/programs/directvm.exe, and starts them.
# usage: scripts/cross.sh [--setup] [aarch64] [windows]      no name means both; --setup only installs the tools
#
# The toolchain comes from Debian's own packages, whose signatures apt checks. They are unpacked in .cache/cross and not
# installed, since Debian's compilers and rustup exclude each other; only linkers, C libraries and the emulators are
# installed, by root. DIRECTVM_CACHE names another folder than .cache, for example one that several clones share.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/rustflags.sh

cache=${DIRECTVM_CACHE:-$PWD/.cache}/cross
rust=$cache/rust
programs=build/programs
# Cargo names the standard library after the relative path of its source, so the path must be the same for all builds.
compiler=$PWD/build/rust

aarch64_target=aarch64-unknown-linux-gnu
# The standard library of this target takes its random numbers from advapi32.dll and not from bcryptprimitives.dll, which
# wine 8 lacks. It also runs on all later versions of Windows.
windows_target=x86_64-win7-windows-gnu

step() {
    printf '== %s\n' "$*" >&2
}

fail() {
    printf 'cross: %s\n' "$*" >&2
    exit 1
}

# apt with its own lists and archives, which has arm64 as an architecture without changing that of the machine.
apt_settings() {
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial"
    cat >"$cache/apt/apt.conf" <<END
Dir::State::lists "$cache/apt/lists";
Dir::Cache "$cache/apt";
APT::Architectures { "amd64"; "arm64"; };
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
END
    export APT_CONFIG=$cache/apt/apt.conf
}

renew_lists() {
    [[ -z ${lists_are_new:-} ]] || return 0
    command -v apt-get >/dev/null && [[ $(dpkg --print-architecture) == amd64 ]] ||
        fail 'the cross toolchain comes from Debian packages for amd64: this needs Debian 12 or later on x86_64'
    apt_settings
    apt-get update -qq >&2 || fail 'apt-get update failed'
    lists_are_new=yes
}

# install PACKAGE...: packages that must be installed in the system.
install() {
    renew_lists
    [[ $(id -u) == 0 ]] || fail "needed and not installed: $*. As root: apt-get install $*"
    step "installing $*"
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@" >"$cache/install.log" 2>&1 ||
        fail "apt-get install $* failed: see $cache/install.log"
    apt-get clean
}

depends() {
    apt-cache depends "$1" | sed -n "s/^ *Depends: \($2\)$/\1/p" | head -n 1
}

# The compiler, the standard libraries for both Linux machines, and the source of the one for Windows.
fetch_rust() {
    [[ ! -e $rust/.complete ]] || return 0
    renew_lists
    local runtime debs=$cache/debs deb
    runtime=$(depends libstd-rust-web-dev 'libstd-rust-web-.*')
    [[ -n $runtime ]] || fail 'this Debian has no package rustc-web'
    step "fetching rustc-web, $runtime, their arm64 library and rust-web-src"
    rm -rf "$rust" "$debs"
    mkdir -p "$rust" "$debs"
    (cd "$debs" && apt-get download -qq rustc-web "$runtime" libstd-rust-web-dev libstd-rust-web-dev:arm64 rust-web-src >&2) ||
        fail 'apt-get download failed'
    for deb in "$debs"/*_amd64.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$rust"
    done
    dpkg-deb --fsys-tarfile "$debs"/libstd-*_arm64.deb | tar -x -C "$rust" --wildcards '*/rustlib/aarch64-*'
    dpkg-deb --fsys-tarfile "$debs"/rust-web-src_*.deb | tar -x -C "$rust" --wildcards '*/library' '*/rustlib/src'
    depends "$runtime" 'libllvm[0-9]*' >"$rust/llvm-package"
    rm -rf "$debs"
    touch "$rust/.complete"
}

# Only the compiler may find its libraries, not the linkers and build scripts.
write_rustc() {
    cat >"$rust/rustc" <<'END'
#!/bin/sh
here=${0%/*}
LD_LIBRARY_PATH=$here/usr/lib/x86_64-linux-gnu exec "$here/usr/bin/rustc" --sysroot "$here/usr" "$@"
END
    chmod 0755 "$rust/rustc"
}

set_up_rust() {
    fetch_rust
    write_rustc
    ln -sfnr "$rust" "$compiler"
    "$compiler/rustc" --version >/dev/null 2>&1 || install "$(<"$rust/llvm-package")"
    "$compiler/rustc" --version >/dev/null || fail "the compiler in $rust does not start"
}

set_up_aarch64() {
    local wanted=()
    command -v aarch64-linux-gnu-gcc >/dev/null || wanted+=(gcc-aarch64-linux-gnu)
    [[ -e /usr/aarch64-linux-gnu/lib/libc.a ]] || wanted+=(libc6-dev-arm64-cross)
    command -v qemu-aarch64-static >/dev/null || wanted+=(qemu-user-static)
    [[ ${#wanted[@]} == 0 ]] || install "${wanted[@]}"
}

set_up_windows() {
    local wanted=()
    command -v x86_64-w64-mingw32-gcc-win32 >/dev/null || wanted+=(gcc-mingw-w64-x86-64-win32)
    scripts/wine.sh --found || wanted+=(wine64)
    [[ ${#wanted[@]} == 0 ]] || install "${wanted[@]}"
}

# build TARGET FLAG... -- CARGO-ARGUMENT...
build() {
    local target=$1 flags=()
    shift
    while [[ $1 != -- ]]; do
        flags+=("$1")
        shift
    done
    shift
    step "building for $target"
    env -u RUSTFLAGS RUSTC="$compiler/rustc" CARGO_ENCODED_RUSTFLAGS="$(rust_flags "$compiler/usr" "${flags[@]}")" \
        CARGO_TARGET_DIR="$target_dir/$target" \
        cargo build --quiet --release --locked --bin directvm --target "$target" "$@"
}

build_aarch64() {
    build "$aarch64_target" -Ctarget-feature=+crt-static -Clinker=aarch64-linux-gnu-gcc --
    cp "$target_dir/$aarch64_target/$aarch64_target/release/directvm" "$programs/directvm-aarch64"
    try qemu-aarch64-static "$programs/directvm-aarch64"
}

# No package has the standard library of this target, so it is built from source with the program.
build_windows() {
    mkdir -p build/tmp
    RUSTC_BOOTSTRAP=1 TMPDIR=$PWD/build/tmp build "$windows_target" -Ctarget-feature=+crt-static \
        -Clinker="$PWD/scripts/link_windows.sh" -Clinker-flavor=gcc -Clink-self-contained=no \
        -Clink-arg=-Wl,--no-insert-timestamp \
        -- -Zbuild-std=std,panic_abort
    cp "$target_dir/$windows_target/$windows_target/release/directvm.exe" "$programs/directvm.exe"
    try scripts/wine.sh "$programs/directvm.exe"
}

# One start under the emulator; scripts/cross_test.sh runs the tests.
try() {
    local said version
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    said=$("$@" --version) || fail "$*: does not start"
    [[ ${said%$'\r'} == "directvm $version" ]] || fail "$*: says '$said', Cargo.toml says $version"
}

setup_only=
machines=()
for word in "$@"; do
    case $word in
        --setup) setup_only=yes ;;
        aarch64 | windows) machines+=("$word") ;;
        *) fail "unknown machine $word: aarch64 or windows" ;;
    esac
done
[[ ${#machines[@]} -gt 0 ]] || machines=(aarch64 windows)

mkdir -p "$programs" "$cache"
# Each machine has its own folder: RUSTC_BOOTSTRAP changes build scripts and macros, and the first build would decide
# for all.
target_dir=${CARGO_TARGET_DIR:-$PWD/target}/cross
set_up_rust
for machine in "${machines[@]}"; do
    "set_up_$machine"
done
[[ -z $setup_only ]] || exit 0
for machine in "${machines[@]}"; do
    "build_$machine"
done
