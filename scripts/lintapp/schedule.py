"""Cron schedules and relative times."""

import itertools
import re

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
PART = re.compile(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?")
MAX_RUNS_PER_HOUR = 12
TIME = re.compile(r"now|0|[-+]?\d+(?:s|m|h|d|w|mon|q|y)?(?:@(?:s|m|h|d|w[0-7]?|mon|q|y))?|@(?:s|m|h|d|w[0-7]?|mon|q|y)")


def values(text, least, most):
    found = set()
    for part in text.split(","):
        read = PART.fullmatch(part)
        if not read:
            raise ValueError(f"{part!r} is not a cron field")
        low, _, high = (f"{least}-{most}" if read[1] == "*" else read[1]).partition("-")
        low, high, step = int(low), int(high or low), int(read[2] or 1)
        if not least <= low <= high <= most or step < 1:
            raise ValueError(f"{part!r} is not within {least}-{most}")
        found.update(range(low, high + 1, step))
    return found


def runs(cron):
    """The (minute, hour) pairs of a day; raises ValueError."""
    parts = cron.split()
    if len(parts) != len(RANGES):
        raise ValueError(f"{len(parts)} fields, not {len(RANGES)}")
    minutes, hours, *_ = [values(part, *limits) for part, limits in zip(parts, RANGES)]
    if len(minutes) > MAX_RUNS_PER_HOUR:
        raise ValueError(f"runs {len(minutes)} times an hour")
    return set(itertools.product(minutes, hours))


def check(stanzas, faults):
    taken = {}
    for stanza in stanzas.values():
        cron, place = stanza.get("cron_schedule"), f"savedsearches.conf:{stanza.lines.get('cron_schedule', stanza.line)}"
        if not cron:
            continue
        try:
            moments = runs(cron)
        except ValueError as error:
            faults.add(place, f"[{stanza.name}] cron {cron!r}: {error}")
            continue
        for other in {taken[moment] for moment in moments if moment in taken}:
            faults.add(place, f"[{stanza.name}] runs in the same minute as [{other}]")
        taken.update(dict.fromkeys(moments, stanza.name))


def check_times(stanza, report):
    for key, value in stanza.values.items():
        if key.startswith("dispatch.") and not TIME.fullmatch(value):
            report(f"{key} = {value} is not a time")
    generates = stanza.get("search").startswith("|")
    if not generates and not {"dispatch.earliest_time", "dispatch.latest_time"} <= set(stanza.values):
        report("a scheduled search without earliest and latest time")
