#!/usr/bin/env python3
"""Lints the app's conf files, and every search in them and in its dashboards.

usage: lint_app.py PROGRAM [APP-FOLDER] [DASHBOARD ...]

PROGRAM is the directvm program: it is asked for the fields and for its judgement of options. A DASHBOARD is a view
(.xml) or a Dashboard Studio definition (.json) that lies elsewhere. Exit status: 0 clean, 1 faults.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

from lintapp.app import App


def main(program, folder="splunk_app", *dashboards):
    app = App(pathlib.Path(folder), pathlib.Path(program).resolve())
    found = app.check()
    for dashboard in dashboards:
        app.check_view(pathlib.Path(dashboard))
    for line in found:
        print(line, file=sys.stderr)
    print(f"{len(app.confs['savedsearches'])} saved searches, {len(app.linter.macros)} macros: {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
