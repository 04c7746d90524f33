# Sourced: environments of Python for the validators, in .cache.

# venv NAME [PIP-ARGUMENT...]: sets $venv to an environment with the packages of scripts/requirements/NAME.txt, each in that version
# and with one of those hashes. A complete one is used again.
venv() {
    local list=scripts/requirements/$1.txt wanted
    venv=$PWD/.cache/$1
    shift
    wanted=$(sha256sum "$list")
    if [[ "$(cat "$venv/.installed" 2>/dev/null)" == "$wanted" ]] && "$venv/bin/python" -c '' 2>/dev/null; then
        return
    fi
    rm -rf "$venv"
    python3 -m venv "$venv" &&
        "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes "$@" -r "$list" &&
        printf '%s' "$wanted" >"$venv/.installed"
}
