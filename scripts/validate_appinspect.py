"""Fails unless an AppInspect report is complete and without faults.

usage: validate_appinspect.py REPORT.json

A wrong tag or an early end makes AppInspect run a few checks and pass: hence the least numbers.
"""

import json
import sys

MUST_BE_ZERO = ("failure", "warning", "error", "skipped", "future_failure")
# AppInspect warns of every app with a program for Windows that it works on Windows only.
KNOWN_WARNINGS = {"check_that_app_contains_any_windows_specific_components"}
LEAST_SUCCESS = 101
LEAST_CHECKS = 250


def checks(report):
    return [check for app in report["reports"] for group in app["groups"] for check in group["checks"]]


def is_known(check):
    return check["result"] == "warning" and check["name"] in KNOWN_WARNINGS


def complaints(report):
    """One line for each check that failed or warned and is not known."""
    for check in checks(report):
        if check["result"] in MUST_BE_ZERO and not is_known(check):
            texts = [message["message"] for message in check["messages"]]
            yield f"{check['result']}: {check['name']}: {' | '.join(texts)}"


def faults(report):
    summary = report["summary"]
    known = sum(is_known(check) for check in checks(report))
    counts = {key: summary[key] - (known if key == "warning" else 0) for key in MUST_BE_ZERO}
    found = [f"{count} x {key}" for key, count in counts.items() if count != 0]
    if summary["success"] < LEAST_SUCCESS:
        found.append(f"only {summary['success']} checks succeeded, {LEAST_SUCCESS} are the least")
    if sum(summary.values()) < LEAST_CHECKS:
        found.append(f"only {sum(summary.values())} checks ran, {LEAST_CHECKS} are the least")
    return found


def main(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    found = faults(report)
    for line in [*found, *complaints(report)]:
        print(line, file=sys.stderr)
    print("AppInspect:", ", ".join(f"{key} {number}" for key, number in sorted(report["summary"].items())))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
