#!/usr/bin/env bash
# The linker of scripts/cross.sh for Windows. It sorts what is imported from DLLs by the paths of the libraries that name
# them, so paths are given as they are seen from the project's folder: wherever that lies, the program is the same.
set -euo pipefail
exec x86_64-w64-mingw32-gcc-win32 "${@//"$PWD/"/}"
