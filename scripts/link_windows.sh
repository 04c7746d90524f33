#!/usr/bin/env bash
# The linker of scripts/cross.sh for Windows. It sorts the imports from DLLs by the paths of the import libraries, so these
# are given relative to the project's folder: the program is the same in every folder.
set -euo pipefail
exec x86_64-w64-mingw32-gcc-win32 "${@//"$PWD/"/}"
