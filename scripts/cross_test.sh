#!/usr/bin/env bash
# Runs the tests on the programs for the other machines: aarch64 under qemu, Windows under wine.
# usage: scripts/cross_test.sh [aarch64] [windows]      scripts/cross.sh has built them; no name means both
#
# aarch64 goes through all tests of the test crate, Windows through all but those named below; both go through the sample
# events as the stand-in for splunkd sends them; each reply must equal the native program's. What this cannot show: that
# a real ARM machine or a real Windows runs them; their speed and memory; on Windows, the signals by which splunkd ends a
# search, and pipes and paths as Windows itself has them (wine takes the stand-in's POSIX pipes and folders for its own).
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    printf 'cross_test: %s\n' "$*" >&2
    exit 1
}

test_program() {
    cargo test --quiet --locked --test main --no-run --message-format=json |
        python3 -c '
import json, sys
found = [line["executable"] for line in map(json.loads, sys.stdin)
         if line.get("reason") == "compiler-artifact" and line["target"]["name"] == "main" and line["executable"]]
print(found[-1])'
}

# Tests that cannot pass under wine. A Unix path is not an absolute path to a Windows program, so it records nothing: pages
# that record a search, and recordings, are left out. Links look like folders, names with < or > are not valid, and paths
# have backslashes where the test expects slashes; pipes and devices have other names. The stories start the program two
# thousand times, for which wine takes half an hour. (Tests that end a program by a signal skip themselves.)
beyond_wine=(
    --skip attacks::files::a_report_is_written_to_a_pipe_that_nobody_reads
    --skip docs::every_command_and_search_of_the_pages_is_run
    --skip recording::
    --skip scan::archives::members_of_archives_are_found_under_their_names
    --skip scan::archives::names_and_links_lead_nowhere
    --skip scan::archives::what_is_cut_encrypted_or_too_deep_is_named_and_the_rest_is_read
    --skip scan::archives::what_is_not_read_is_named_with_what_to_do
    --skip scan::bad::a_report_that_cannot_be_written_is_told_before_the_scan
    --skip scan::bad::loops_lost_links_and_pipes_in_a_folder
    --skip scan::output::files_without_a_log_are_counted
    --skip scan::output::other_files_are_skipped_and_counted
    --skip scan::output::the_report_loads_nothing_and_escapes_every_value
    --skip scan::reading::files_without_a_log_are_listed
    --skip scan::reading::links_in_a_folder_are_followed_and_nothing_is_read_twice
    --skip scan::reading::skipped_files_are_named
    --skip searches::every_story_raises_its_searches_and_no_others
)

# wine's server ends with its last client, and rejects a client that starts at that moment. So one client stays, which
# reads from a pipe that this script keeps open.
hold_wine() {
    mkfifo "$scratch/held"
    exec 9<>"$scratch/held"
    "$1" cmd.exe /c 'set /p held=' <"$scratch/held" 9>&- >/dev/null 2>&1 &
}

# run PROGRAM RUNNER [OPTION...]      the options are those of the tests
run() {
    local program=$PWD/build/programs/$1 runner=$2
    shift 2
    [[ -e $program ]] || fail "$program is missing: run scripts/cross.sh"
    command -v "$runner" >/dev/null || fail "$runner is missing: run scripts/cross.sh --setup"
    printf '== %s, through %s\n' "${program##*/}" "${runner##*/}"
    "$runner" "$program" --version
    DIRECTVM_BINARY=$program DIRECTVM_RUNNER=$runner "$tests" --quiet "$@"
    search "$program" "$runner"
}

# The same searches through both programs.
search() {
    local options
    printf '#!/bin/sh\nexec "%s" "%s"\n' "$2" "$1" >"$scratch/launcher"
    chmod 0755 "$scratch/launcher"
    for options in '' 'mode=filter min_severity=high' 'scope=extended input=raw' 'input=fields cim=false'; do
        standin "$native" "$options" >"$scratch/native"
        standin "$scratch/launcher" "$options" >"$scratch/foreign"
        grep -q '"dvm_operation"' "$scratch/native" || fail "no finding with '$options'"
        cmp "$scratch/native" "$scratch/foreign" || fail "${1##*/} gives another answer to '$options' than the native program"
    done
}

# Without the getinfo-only instances: they must end within a second, and an emulator starts slowly.
standin() {
    python3 scripts/splunkd_standin.py --launcher "$1" --events tests/demo/events.json --options "$2" --probes 0 --format json 2>&1
}

machines=("$@")
[[ ${#machines[@]} -gt 0 ]] || machines=(aarch64 windows)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tests=$(test_program)
native=${CARGO_TARGET_DIR:-target}/debug/directvm
for machine in "${machines[@]}"; do
    case $machine in
        aarch64) run directvm-aarch64 qemu-aarch64-static ;;
        windows)
            hold_wine "$PWD/scripts/wine.sh"
            run directvm.exe "$PWD/scripts/wine.sh" "${beyond_wine[@]}"
            ;;
        *) fail "unknown machine $machine: aarch64 or windows" ;;
    esac
done
