# Sourced by the scripts that build a program: the compiler flags without which two folders would give two programs.

# rust_flags SYSROOT FLAG...: for CARGO_ENCODED_RUSTFLAGS. Of several prefixes that fit, the last one counts.
rust_flags() {
    local sysroot=$1 flag flags
    shift
    flags="--remap-path-prefix=${CARGO_HOME:-${HOME:-}/.cargo}=cargo"
    for flag in "--remap-path-prefix=$PWD=directvm" "--remap-path-prefix=$sysroot=rust" "$@"; do
        flags+=$'\x1f'$flag
    done
    printf '%s' "$flags"
}
