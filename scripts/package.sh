#!/usr/bin/env bash
# Builds dist/directvm-<version>.tar.gz: the app, its launcher and the static program for x86_64 Linux.
# usage: scripts/package.sh [PROGRAM ...]   further programs, named directvm-<machine>, are added; with directvm.exe
#                                           dist/directvm-windows-<version>.tar.gz is built as well
# The same sources and toolchain give the same bytes. SOURCE_DATE_EPOCH sets the files' time.
# Beside each package lies its SBOM (CycloneDX), and SHA256SUMS covers all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/rustflags.sh

target=x86_64-unknown-linux-gnu

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

# 1.2.3 gives 1002003: it rises with every release, so that Splunk renews browser caches.
build_number() {
    local major minor patch
    IFS=. read -r major minor patch <<<"${1%%[-+]*}"
    printf '%d' $((major * 1000000 + minor * 1000 + patch))
}

build_program() {
    env -u RUSTFLAGS CARGO_ENCODED_RUSTFLAGS="$(rust_flags "$(rustc --print sysroot)" -Ctarget-feature=+crt-static)" \
        cargo build ${QUIET---quiet} --release --locked --bin directvm --target "$target"
    mkdir -p build/programs
    cp "${CARGO_TARGET_DIR:-target}/$target/release/directvm" build/programs/directvm-x86_64
}

stamp() {
    sed -e "s/@VERSION@/$version/g" -e "s/@BUILD@/$(build_number "$version")/g" "splunk_app/$1" >"$app/$1"
}

# assemble PROGRAM...: makes the complete folder of the app.
assemble() {
    local targets
    mapfile -t targets < <(for program in "$@"; do target_of "$program"; done)
    rm -rf "$app"
    mkdir -p "${app%/*}" dist
    cp -R splunk_app "$app"
    stamp app.manifest
    stamp default/app.conf
    cp LICENSE NOTICE CHANGELOG.md "$app/"
    python3 scripts/package_licences.py "${targets[@]}" >"$app/THIRD_PARTY_LICENSES.txt"
    make_sbom "$@" >"$app/SBOM.cdx.json"
    cp "$@" "$app/bin/"
}

target_of() {
    case ${1##*/} in
        directvm.exe) echo x86_64-win7-windows-gnu ;;
        *) echo "${1##*-}-unknown-linux-gnu" ;;
    esac
}

compiler_of() {
    "${compilers[${1##*/}]:-rustc}" --version | cut -d' ' -f1-2
}

# Libraries that are not crates are listed with the versions that were linked.
make_sbom() {
    local program arguments=()
    for program in "$@"; do
        arguments+=(--program "$program")
    done
    while IFS= read -r program; do
        arguments+=(--linked "$program")
    done < <(for program in "$@"; do linked_libraries "$program"; done | sort -u)
    SOURCE_DATE_EPOCH=$epoch python3 scripts/sbom.py "${arguments[@]}" "${targets[@]}"
}

linked_libraries() {
    local compiler
    compiler=$(compiler_of "$1")
    echo "rust-std=${compiler#rustc }=MIT OR Apache-2.0"
    case ${1##*/} in
        directvm.exe)
            echo "mingw-w64-runtime=$(macros x86_64-w64-mingw32-gcc-win32 _mingw.h __MINGW64_VERSION_STR)=ZPL-2.1"
            echo "libgcc=$(x86_64-w64-mingw32-gcc-win32 -dumpfullversion | cut -d- -f1)=GPL-3.0-or-later WITH GCC-exception-3.1"
            ;;
        directvm-x86_64) c_libraries cc ;;
        *) c_libraries "${1##*-}-linux-gnu-gcc" ;;
    esac
}

c_libraries() {
    echo "glibc=$(macros "$1" features.h __GLIBC__.__GLIBC_MINOR__)=LGPL-2.1-or-later"
    echo "libgcc=$("$1" -dumpfullversion | cut -d- -f1)=GPL-3.0-or-later WITH GCC-exception-3.1"
}

# macros COMPILER HEADER TEXT: the text as the preprocessor reads it.
macros() {
    printf '#include <%s>\n%s\n' "$2" "$3" | "$1" -E -P - | tail -n 1 | tr -d ' "'
}

# Lists every program in the package, with its source, compiler and hash, for admins and reviewers.
declare_programs() {
    local program
    printf '\n## Programs in this package\n\n'
    printf 'Compiled from the Rust sources of directvm %s by the commands below; the same sources and compilers give the same\n' "$version"
    printf 'bytes. They open no socket. `SBOM.cdx.json` lists the crates in them, `THIRD_PARTY_LICENSES.txt` and `NOTICE` the licences.\n\n'
    printf '| file | language | source | built by | compiler | SHA-256 |\n| --- | --- | --- | --- | --- | --- |\n'
    for program in "$@"; do
        declare_program "$program"
    done
    [[ ! -e $app/bin/directvm ]] ||
        printf '\n`bin/directvm` is a script (POSIX sh) that starts the program for the machine it runs on.\n'
}

declare_program() {
    local name=${1##*/}
    printf '| `bin/%s` | Rust | `src/`, `Cargo.lock` | `%s` | %s | `%s` |\n' \
        "$name" "$(build_command "$name")" "$(compiler_of "$1")" "$(sha256sum "$1" | cut -d' ' -f1)"
}

build_command() {
    case $1 in
        directvm-x86_64) printf 'scripts/package.sh' ;;
        directvm.exe) printf 'scripts/cross.sh windows' ;;
        *) printf 'scripts/cross.sh %s' "${1#directvm-}" ;;
    esac
}

# Windows cannot start a sh script, so its app names the program itself.
turn_into_windows_app() {
    rm "$app/bin/directvm"
    sed -i -e '/^# filename is a launcher/d' -e 's/^filename = directvm$/filename = directvm.exe/' "$app/default/commands.conf"
    grep -qx 'filename = directvm.exe' "$app/default/commands.conf" || fail 'commands.conf does not name directvm.exe'
}

set_modes() {
    find "$app" -type d -exec chmod 00755 {} +
    find "$app" -type f -exec chmod 00644 {} +
    chmod 0755 "$app"/bin/*
}

check_linux_program() {
    local headers
    headers=$(LC_ALL=C readelf --wide --program-headers --dynamic "$1") || fail "$1: not an ELF program"
    ! grep -qE 'INTERP|\(NEEDED\)' <<<"$headers" || fail "$1: not statically linked"
    [[ $(od -An -tu1 -j18 -N1 "$1" | tr -d ' ') == "$(machine_code "${1##*-}")" ]] ||
        fail "$1: built for another machine"
    check_folder_names "$1"
}

# e_machine of the ELF header
machine_code() {
    case $1 in
        x86_64) printf 62 ;;
        aarch64) printf 183 ;;
        *) fail "directvm-$1: the machine is not supported" ;;
    esac
}

# Only libraries that are part of every Windows, and no time of the build in the header.
check_windows_program() {
    local headers foreign
    headers=$(LC_ALL=C x86_64-w64-mingw32-objdump --file-headers --private-headers "$1") || fail "$1: not a PE program"
    grep -q 'file format pei-x86-64$' <<<"$headers" || fail "$1: built for another machine"
    foreign=$(sed -n 's/^[[:space:]]*DLL Name: //p' <<<"$headers" | grep -vixE "$windows_libraries" || true)
    [[ -z $foreign ]] || fail "$1: needs $foreign"
    grep -qE '^Time/Date[[:space:]]+(0+|Thu Jan +1 00:00:00 1970)' <<<"$headers" || fail "$1: contains the time of its build"
    check_folder_names "$1"
}
windows_libraries='(kernel32|ntdll|advapi32|msvcrt|userenv|ws2_32|synchronization|api-ms-win-core-synch-l1-2-0)\.dll'

check_folder_names() {
    ! LC_ALL=C grep -qaF -e "$PWD/" -e "${HOME:-$PWD}/" "$1" || fail "$1: contains a folder name of this machine"
}

check_tree() {
    local found
    found=$(find "$app" \( -type l -o -name '.*' -o -perm /7022 -o ! -type d ! -type f \) -print)
    [[ -z $found ]] || fail "must not be in the package: $found"
    found=$(find "$app" -type f -perm /0111 ! -path "$app/bin/*" -print)
    [[ -z $found ]] || fail "executable outside bin: $found"
    ! grep -rqE '@(VERSION|BUILD)@' "$app/app.manifest" "$app/default/app.conf" || fail 'a placeholder of the version was not replaced'
}

check_start() {
    local said
    said=$("$app/bin/directvm" --version) || fail 'the packaged command does not start'
    [[ $said == "directvm $version" ]] || fail "the packaged command says '$said', Cargo.toml says $version"
}

# Maximum bytes of a package.
max_size=$((12 * 1000 * 1000))

pack() {
    local size
    tar --sort=name --format=ustar --mtime="@$epoch" --owner=0 --group=0 --numeric-owner \
        -C "${app%/*}" -cf - directvm | gzip -9n >"$1.tar.gz.part"
    mv "$1.tar.gz.part" "$1.tar.gz"
    cp "$app/SBOM.cdx.json" "$1.cdx.json"
    size=$(wc -c <"$1.tar.gz")
    [[ $size -le $max_size ]] || fail "$1.tar.gz: $size bytes, $max_size are allowed"
    printf '%s  %s bytes  sha256 %s\n' "$1.tar.gz" "$size" "$(sha256sum "$1.tar.gz" | cut -d' ' -f1)"
}

package_for_linux() {
    app=build/directvm
    assemble "${linux_programs[@]}"
    declare_programs "${linux_programs[@]}" >>"$app/README.md"
    set_modes
    for program in "${linux_programs[@]}"; do
        check_linux_program "$program"
    done
    check_tree
    check_start
    pack "dist/directvm-$version"
}

package_for_windows() {
    app=build/windows/directvm
    assemble "$windows_program"
    turn_into_windows_app
    declare_programs "$windows_program" >>"$app/README.md"
    set_modes
    check_windows_program "$windows_program"
    check_tree
    pack "dist/directvm-windows-$version"
}

sum_up() (
    cd dist
    sha256sum -- "directvm-$version".* "directvm-windows-$version".* 2>/dev/null >SHA256SUMS.part || true
    mv SHA256SUMS.part SHA256SUMS
)

version=$(version_of_crate)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 1767225600)}
cross_rustc=${DIRECTVM_CACHE:-$PWD/.cache}/cross/rust/rustc
declare -A compilers=([directvm-aarch64]=$cross_rustc [directvm.exe]=$cross_rustc)
linux_programs=(build/programs/directvm-x86_64)
windows_program=
for program in "$@"; do
    case ${program##*/} in
        directvm.exe) windows_program=$program ;;
        directvm-*) linux_programs+=("$program") ;;
        *) fail "$program: its name is neither directvm-<machine> nor directvm.exe" ;;
    esac
done
rm -f "dist/directvm-$version".* "dist/directvm-windows-$version".* dist/SHA256SUMS
build_program
# Windows first: the last line of output is always the package for Linux.
[[ -z $windows_program ]] || package_for_windows
package_for_linux
sum_up
