"""stats, eventstats, chart and timechart."""

import re
import statistics

from . import expression
from .spl import BadSpl, unquote
from .value import number, order, packed, several, text

CALL = re.compile(r"[\s,]*([a-z]\w*)\s*(\()?")
AS = re.compile(r'\s*AS\s+("[^"]+"|\w+)\s*,?', re.DOTALL)
SPAN = {"s": 1, "m": 60, "h": 3600, "d": 86400}
MOST_SERIES = 10


def numbers(values):
    return [number(value) for value in values if number(value) is not None]


MAKERS = {
    "avg": lambda values: statistics.fmean(numbers(values)) if numbers(values) else None,
    "count": len,
    "dc": lambda values: len({text(value) for value in values}),
    "earliest": lambda values: values[0] if values else None,
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
    "latest": lambda values: values[-1] if values else None,
    "list": lambda values: packed(values[:100]),
    "max": lambda values: max(values, key=order, default=None),
    "median": lambda values: statistics.median(numbers(values)) if numbers(values) else None,
    "min": lambda values: min(values, key=order, default=None),
    "range": lambda values: max(numbers(values)) - min(numbers(values)) if numbers(values) else None,
    "sum": lambda values: sum(numbers(values)) if numbers(values) else None,
    "values": lambda values: packed(sorted({text(value): value for value in values}.values(), key=text)),
}


def calls(source):
    """[(maker, what it reads of a row, name of the result)]"""
    found, at = [], 0
    while source[at:].strip(" ,\n"):
        part = CALL.match(source, at)
        if not part or part[1] not in MAKERS:
            raise BadSpl(f"cannot read {source[at:]!r} in stats")
        end = closing(source, part.end()) if part[2] else part.end()
        alias = AS.match(source, end)
        label = unquote(alias[1]) if alias else source[part.start(1):end].strip()
        found.append((MAKERS[part[1]], reader(part[1], source[part.end():end - 1] if part[2] else None), label))
        at = alias.end() if alias else end
    return found


def closing(source, at):
    """Behind the parenthesis that closes the one before `at`."""
    depth, quoted = 1, False
    for place in range(at, len(source)):
        if source[place] == '"' and source[place - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(source[place], 0)
        if depth == 0:
            return place + 1
    raise BadSpl(f"a parenthesis is left open in {source!r}")


def reader(maker, argument):
    if not argument:
        if maker != "count":
            raise BadSpl(f"{maker} needs a field")
        return lambda row: [True]
    inner = re.fullmatch(r"\s*eval\s*\((.*)\)\s*", argument, re.DOTALL)
    if not inner:
        field = unquote(argument.strip())
        return lambda row: several(row.get(field))
    made = expression.compiled(inner[1])

    def values(row):
        result = made(row)
        return [] if result in (None, False) else several(result)

    return values


def grouped(rows, by):
    """{key: rows}; one row counts for each of several values, and for none where a field is missing."""
    groups = {}
    for row in rows:
        keys = [()]
        for field in by:
            keys = [(*key, text(value)) for key in keys for value in several(row.get(field))]
        for key in keys:
            groups.setdefault(key, []).append(row)
    return groups


def made(rows, wanted):
    return {label: maker([value for row in rows for value in read(row)]) for maker, read, label in wanted}


def split_by(source):
    """(what is made, fields behind BY)"""
    parts = re.split(r"\sBY\s", f" {source}", maxsplit=1, flags=re.IGNORECASE)
    by = [unquote(word) for word in re.findall(r'"[^"]+"|[^\s,]+', parts[1])] if len(parts) > 1 else []
    return parts[0], by


def stats(rows, source):
    source, by = split_by(source)
    wanted = calls(source)
    if not by:
        return [present(made(rows, wanted))]
    groups = grouped(rows, by)
    return [dict(zip(by, key)) | present(made(groups[key], wanted)) for key in sorted(groups)]


def eventstats(rows, source):
    source, by = split_by(source)
    wanted = calls(source)
    results = {key: present(made(group, wanted)) for key, group in grouped(rows, by).items()}

    def own(row):
        key = tuple(text(several(row.get(field))[0]) if several(row.get(field)) else None for field in by)
        return results.get(key, {})

    return [row | own(row) for row in rows]


def present(row):
    return {name: value for name, value in row.items() if value is not None}


def chart(rows, source):
    """`count OVER a BY b`: a row for each a, a column for each b."""
    found = re.fullmatch(r"\s*(\w+(?:\(.*\))?)\s+OVER\s+(\S+)\s+BY\s+(\S+)\s*", source, re.DOTALL)
    if not found:
        raise BadSpl(f"cannot read chart {source!r}")
    return spread(grouped(rows, [found[2]]), calls(found[1]), found[2], found[3])


def spread(groups, wanted, over, by):
    ((maker, read, _),) = wanted
    result = []
    for (key, *_), group in sorted(groups.items()):
        columns = grouped(group, [by])
        row = {over: key}
        row |= {name: maker([value for one in columns[(name,)] for value in read(one)]) for (name,) in columns}
        result.append(row)
    names = sorted({name for row in result for name in row} - {over})
    return [{over: row[over]} | {name: row.get(name, 0) for name in names} for row in result]


def timechart(rows, source):
    """`span=1d [limit=0] count [BY field]`, every bucket from the first to the last."""
    options = dict(re.findall(r"\b(span|limit)=(\w+)", source))
    source, by = split_by(re.sub(r"\b(span|limit)=\w+", "", source))
    span = int(options["span"][:-1]) * SPAN[options["span"][-1]]
    buckets = {}
    for row in rows:
        buckets.setdefault(int(number(row["_time"]) // span * span), []).append(row)
    every = range(min(buckets), max(buckets) + 1, span) if buckets else ()
    filled = {(moment,): buckets.get(moment, []) for moment in every}
    if not by:
        return [{"_time": moment} | made(group, calls(source)) for (moment,), group in filled.items()]
    series = {text(value) for row in rows for value in several(row.get(by[0]))}
    if options.get("limit") != "0" and len(series) > MOST_SERIES:
        raise BadSpl(f"timechart would put some of {len(series)} series into OTHER: say limit=0")
    result = spread(filled, calls(source), "_time", by[0])
    return [{"_time": row["_time"]} | {name: row.get(name, 0) for name in sorted(series)} for row in result]
