"""stats, eventstats, streamstats, chart, timechart, and their functions."""

import itertools
import re
import statistics

from ..arguments import aggregations
from ..reader import SplError
from . import evaluate
from .entry import Entry, Unsupported
from .values import number, order, packed, present, several, text

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# Splunk's default limit of series in timechart; those beyond it are added up as OTHER.
MAX_SERIES = 10
AGGREGATE = "Aggregate functions"


def numbers(values):
    return [number(value) for value in values if number(value) is not None]


FUNCTIONS = {
    "count": Entry(len, "count, count(field), count(eval(condition))", AGGREGATE),
    "dc": Entry(lambda values: len({text(value) for value in values}), "dc(field)", AGGREGATE),
    "max": Entry(lambda values: max(values, key=order, default=None), "max(field)", AGGREGATE),
    "median": Entry(lambda values: statistics.median_high(numbers(values)) if numbers(values) else None,
                    "median(field); of an even number of values, the higher of the two in the middle", AGGREGATE),
    "min": Entry(lambda values: min(values, key=order, default=None), "min(field)", AGGREGATE),
    "sum": Entry(lambda values: sum(numbers(values)) if numbers(values) else None, "sum(field)", AGGREGATE),
    "values": Entry(lambda values: packed(sorted({text(value): value for value in values}.values(), key=text)),
                    "values(field)", "Multivalue stats and chart functions"),
}


def read(command, source, now, options=()):
    """The arguments, and (function, values of a row, label) of each call."""
    found = aggregations(source)
    for name in found.options:
        if name not in options:
            raise Unsupported(f"{command} with the option {name}")
    if not found.calls:
        raise SplError(f"{command} without an aggregation: {source.strip()!r}")
    return found, [(function_of(call), values_of(call, now), call.label) for call in found.calls]


def function_of(call):
    if call.function not in FUNCTIONS:
        raise Unsupported(f"stats function {call.text}")
    return FUNCTIONS[call.function].run


def values_of(call, now):
    """A function of a row: the values that are aggregated."""
    if call.expression is not None:
        made = evaluate.compiled(call.expression, now)

        def values(row):
            result = made(row)
            return [] if result is False else several(result)

        return values
    if call.field is None:
        if call.function != "count":
            raise SplError(f"{call.function} needs a field")
        return lambda row: [True]
    return lambda row: several(row.get(call.field))


def grouped(rows, by):
    """{key: rows}. A row belongs to a group for each of several values, and to none if a field is missing."""
    groups = {}
    for row in rows:
        for key in itertools.product(*([text(value) for value in several(row.get(field))] for field in by)):
            groups.setdefault(key, []).append(row)
    return groups


def made(rows, calls):
    return {label: function([value for row in rows for value in values(row)]) for function, values, label in calls}


def stats(rows, source, emulator):
    found, calls = read("stats", source, emulator.now)
    if not found.by:
        return [present(made(rows, calls))]
    groups = grouped(rows, found.by)
    return [dict(zip(found.by, key)) | present(made(groups[key], calls)) for key in sorted(groups)]


def eventstats(rows, source, emulator):
    found, calls = read("eventstats", source, emulator.now)
    results = {key: present(made(group, calls)) for key, group in grouped(rows, found.by).items()}

    def own(row):
        key = tuple(text(several(row.get(field))[0]) if several(row.get(field)) else None for field in found.by)
        return results.get(key, {})

    return [row | own(row) for row in rows]


def streamstats(rows, source, emulator):
    found, calls = read("streamstats", source, emulator.now)
    before, result = {}, []
    for row in rows:
        group = before.setdefault(tuple(text(row.get(field)) for field in found.by), [])
        group.append(row)
        result.append(row | present(made(group, calls)))
    return result


def chart(rows, source, emulator):
    """A row for each value of the field behind OVER, a column for each value of the one behind BY."""
    found, calls = read("chart", source, emulator.now)
    if (len(found.calls), len(found.over), len(found.by)) != (1, 1, 1):
        raise Unsupported(f"chart {source.strip()}")
    return spread(grouped(rows, found.over), calls, found.over[0], found.by[0])


def spread(groups, calls, over, by):
    """One row for each group, one column for each value of `by`; 0 where a group has no such value."""
    ((function, values, _),) = calls
    result = []
    for (key, *_), group in sorted(groups.items()):
        columns = grouped(group, [by])
        row = {over: key}
        row |= {name: function([value for one in columns[(name,)] for value in values(one)]) for (name,) in columns}
        result.append(row)
    names = sorted({name for row in result for name in row} - {over})
    return [{over: row[over]} | {name: row.get(name, 0) for name in names} for row in result]


def timechart(rows, source, emulator):
    """A row for each span from the first event to the last, also for spans without events."""
    found, calls = read("timechart", source, emulator.now, ("span", "limit"))
    span = span_of(found.options)
    if len(found.by) > 1 or (found.by and len(calls) > 1):
        raise Unsupported(f"timechart {source.strip()}")
    buckets = {}
    for row in rows:
        buckets.setdefault(int(number(row["_time"]) // span * span), []).append(row)
    moments = range(min(buckets), max(buckets) + 1, span) if buckets else ()
    filled = {(moment,): buckets.get(moment, []) for moment in moments}
    if not found.by:
        return [{"_time": moment} | made(group, calls) for (moment,), group in filled.items()]
    series = {text(value) for row in rows for value in several(row.get(found.by[0]))}
    if found.options.get("limit") != "0" and len(series) > MAX_SERIES:
        raise Unsupported(f"timechart of {len(series)} series without limit=0: Splunk would add some up as OTHER")
    result = spread(filled, calls, "_time", found.by[0])
    return [{"_time": row["_time"]} | {name: row.get(name, 0) for name in sorted(series)} for row in result]


def span_of(options):
    read = re.fullmatch(r"(\d+)([smhd])", options.get("span", ""))
    if not read:
        raise Unsupported(f"timechart with the span {options.get('span')}")
    return int(read[1]) * UNITS[read[2]]
