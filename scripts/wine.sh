#!/usr/bin/env bash
# Runs a Windows program under wine, quietly and with settings of its own, so that the tests see the program alone.
# usage: scripts/wine.sh PROGRAM [ARGUMENT ...]
#        scripts/wine.sh --found      succeeds where there is a wine
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
# The first start makes the folder and says so, which is not the program's word.
if [[ ! -e $WINEPREFIX/system.reg ]]; then
    mkdir -p "$WINEPREFIX"
    "$wine" cmd.exe /c exit </dev/null >/dev/null 2>&1 || true
fi
exec "$wine" "$@"
