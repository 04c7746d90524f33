#!/usr/bin/env python3
"""The app's self test without Splunk: sends the samples of an app's folder through its command, as splunkd would, and
compares what comes out with what the lookup expects, as the macro `directvm_self_test` does.

usage: self_test.py FOLDER        the installed app, such as $SPLUNK_HOME/etc/apps/directvm
Exit status: 0 every sample passes; 1 one does not; 2 the search did not run.
"""

import csv
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

from standin import search
from standin.verdict import Breach, CommandError

OPTIONS = "mode=tag input=raw scope=extended tuning=none distributed=false"
FIELDS = {
    "expected_operation": "dvm_operation",
    "expected_access": "dvm_access",
    "expected_alert_type": "AlertType",
    "expected_outcome": "dvm_outcome",
    "expected_severity": "dvm_severity",
    "expected_actor": "dvm_actor",
    "expected_target": "dvm_target",
}


def command_of(app):
    """The file that commands.conf names."""
    text = (app / "default/commands.conf").read_text(encoding="utf-8")
    names = [line.partition("=")[2].strip() for line in text.splitlines() if line.startswith("filename")]
    return app / "bin" / names[-1]


def samples(app):
    csv.field_size_limit(1 << 30)
    with open(app / "lookups/directvm_samples.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def differences(expected, row):
    for column, field in FIELDS.items():
        got = ",".join(row.get(field, []))
        if got != expected[column]:
            yield f"{field} is {got or 'none'}, not {expected[column] or 'none'}"


def run(app, rows):
    with tempfile.TemporaryDirectory() as scratch:
        home = pathlib.Path(scratch)
        dispatch = home / "var/run/splunk/dispatch/self_test"
        dispatch.mkdir(parents=True)
        asked = search.Search(
            launcher=command_of(app).absolute(),
            options=OPTIONS,
            rows=[{name: [value] if value else [] for name, value in row.items()} for row in rows],
            home=home,
            dispatch=dispatch,
            probes=0,
            chunk_rows=2500,
            select=True,
            timeout=60.0,
        )
        return search.run(asked)


def main(words):
    if len(words) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    app = pathlib.Path(words[0])
    try:
        expected = samples(app)
        merged = run(app, expected)
    except (OSError, Breach, CommandError) as fault:
        print(f"self_test: {fault}", file=sys.stderr)
        return 2
    failed = 0
    for sample, row in zip(expected, merged, strict=True):
        found = list(differences(sample, row))
        failed += bool(found)
        print(f"{'FAIL' if found else 'pass'}  {sample['test']}{': ' if found else ''}{'; '.join(found)}")
    print(f"{len(expected) - failed} of {len(expected)} samples pass")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
