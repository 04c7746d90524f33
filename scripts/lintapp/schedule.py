"""Cron schedules and relative times."""

import itertools
import re

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
PART = re.compile(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?")
MAX_RUNS_PER_HOUR = 12
# Hours of raw events that all searches together may read an hour.
MAX_RAW_HOURS = 1.5
RAW = "`directvm_events`"
UNITS = {"m": 1 / 60, "h": 1, "d": 24, "w": 168}
AGO = re.compile(r"-(\d+)([mhdw])(?:@[mhd])?")
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


def hours_ago(text):
    """A relative time, in hours before now."""
    found = AGO.fullmatch(text)
    return 0.0 if text in ("", "now") else int(found[1]) * UNITS[found[2]] if found else float("inf")


def raw_hours(stanza):
    """Hours of raw events that a search reads an hour, of a log that is indexed as soon as it is written."""
    if RAW not in stanza.get("search"):
        return 0.0
    begin, end = hours_ago(stanza.get("dispatch.earliest_time")), hours_ago(stanza.get("dispatch.latest_time"))
    if "dispatch.index_earliest" in stanza.values:
        begin = min(begin, hours_ago(stanza.get("dispatch.index_earliest")))
        end = max(end, hours_ago(stanza.get("dispatch.index_latest")))
    return max(0.0, begin - end) * len(runs(stanza.get("cron_schedule"))) / 24


def check_raw_hours(stanzas, faults):
    """Everything enabled, searches must not read the same raw events over and over."""
    read = sum(raw_hours(stanza) for stanza in stanzas.values())
    if read > MAX_RAW_HOURS:
        faults.add("savedsearches.conf", f"all searches together read {read:.1f} hours of raw events an hour, not {MAX_RAW_HOURS}")


def check_times(stanza, report):
    for key, value in stanza.values.items():
        if key.startswith("dispatch.") and not TIME.fullmatch(value):
            report(f"{key} = {value} is not a time")
    generates = stanza.get("search").startswith("|")
    if not generates and not {"dispatch.earliest_time", "dispatch.latest_time"} <= set(stanza.values):
        report("a scheduled search without earliest and latest time")
