# Sourced by the scripts that build a program: compiler flags that keep the name of the folder out of the program.

# rust_flags SYSROOT FLAG...: for CARGO_ENCODED_RUSTFLAGS. Of several matching prefixes, the last one counts.
rust_flags() {
    local sysroot=$1 flag flags
    shift
    flags="--remap-path-prefix=${CARGO_HOME:-${HOME:-}/.cargo}=cargo"
    for flag in "--remap-path-prefix=$PWD=directvm" "--remap-path-prefix=$sysroot=rust" "$@"; do
        flags+=$'\x1f'$flag
    done
    printf '%s' "$flags"
}
