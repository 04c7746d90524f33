#!/usr/bin/env bash
# Checks the Sigma rules, and converts them for Splunk, Sentinel (Kusto) and Elasticsearch.
# usage: scripts/validate_sigma.sh [--setup]      --setup only installs the tools, in .cache
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/venv.sh
# Its sigma-cli does not work with pySigma 2.
venv sigma

# The two excluded validators fetch lists from the network; validate_sigma_tags.py runs the first with a list of our own.
# A correlation's file repeats the rules that it joins: each file is a collection of its own.
check() {
    local said collection
    for collection in sigma/rules sigma/correlations/*.yml; do
        said=$("$venv/bin/sigma" check -x attacktag -x d3_fendtag --fail-on-issues "$collection" 2>&1) || {
            printf '%s\n' "$said" | cut -c1-300 >&2
            return 1
        }
    done
    "$venv/bin/python" scripts/validate_sigma_tags.py
}

# convert TARGET [OPTION...]: one query for each rule, none empty.
convert() {
    local target=$1 rules queries
    shift
    rules=$(find sigma/rules -name '*.yml' | wc -l)
    queries=$("$venv/bin/sigma" convert --target "$target" --without-pipeline --format default "$@" sigma/rules 2>"$venv/convert.log" |
        grep -c .) || {
        cat "$venv/convert.log" >&2
        return 1
    }
    if ((queries != rules)); then
        cat "$venv/convert.log" >&2
        printf 'validate_sigma: %s gives %s queries for %s rules\n' "$target" "$queries" "$rules" >&2
        return 1
    fi
    printf 'sigma: %s queries for %s\n' "$queries" "$target"
}

# Splunk's backend knows no order of events: it is asked for the same within the time, in whichever order.
correlate() {
    local file copy=$venv/correlation.yml
    for file in sigma/correlations/*.yml; do
        sed 's/temporal_ordered/temporal/' "$file" >"$copy"
        "$venv/bin/sigma" convert --target splunk --without-pipeline --format default "$copy" 2>"$venv/convert.log" |
            grep -q '| stats' || {
            cat "$venv/convert.log" >&2
            printf 'validate_sigma: %s gives no search for Splunk\n' "$file" >&2
            return 1
        }
    done
    printf 'sigma: correlations for splunk\n'
}

[[ ${1:-} != --setup ]] || exit 0
check
for target in splunk kusto lucene esql; do
    convert "$target"
done
correlate
