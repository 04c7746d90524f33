#!/usr/bin/env bash
# Runs a Windows program under wine, with its own settings and without wine's messages, so that tests see only the program's.
# usage: scripts/wine.sh PROGRAM [ARGUMENT ...]
#        scripts/wine.sh --found      succeeds if wine is installed
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

wine=
for name in wine64 /usr/lib/wine/wine64 wine; do
    ! command -v "$name" >/dev/null || { wine=$name && break; }
done
[[ -n $wine ]] || exit 1
[[ ${1:-} != --found ]] || exit 0

# WINEDLLOVERRIDES: nothing asks for Mono or Gecko. Without a display wine complains on stderr: hence WINEDEBUG.
export WINEPREFIX=${WINEPREFIX:-${DIRECTVM_CACHE:-$here/.cache}/wine} WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml='
# The first start creates the settings folder and prints messages about it.
if [[ ! -e $WINEPREFIX/system.reg ]]; then
    mkdir -p "$WINEPREFIX"
    "$wine" cmd.exe /c exit </dev/null >/dev/null 2>&1 || true
fi
exec "$wine" "$@"
