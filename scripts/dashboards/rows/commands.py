"""The commands that take rows and give rows. An unknown one is an error."""

import csv
import re

from . import condition, expression, stats
from .spl import BadSpl, commas, names, unquote, words
from .value import order, packed, several, text
from .week import NOW


def fields(rows, source):
    if source.lstrip().startswith("- "):
        gone = set(names(source.lstrip()[2:]))
        return [{name: value for name, value in row.items() if name not in gone} for row in rows]
    wanted = names(source)
    return [{name: row[name] for name in wanted if name in row} for row in rows]


def streamstats(rows, source):
    """Only the counting of rows."""
    found = re.fullmatch(r"\s*count\s+AS\s+(\w+)\s*", source)
    if not found:
        raise BadSpl(f"cannot read streamstats {source!r}")
    return [row | {found[1]: place} for place, row in enumerate(rows, 1)]


def table(rows, source):
    return fields(rows, source)


def rename(rows, source):
    found = re.findall(r'("[^"]+"|\w+)\s+AS\s+("[^"]+"|\w+)', source)
    if not found:
        raise BadSpl(f"cannot read rename {source!r}")
    new = {unquote(old): unquote(name) for old, name in found}
    return [{new.get(name, name): value for name, value in row.items()} for row in rows]


def evaluate(rows, source):
    rows = [dict(row) for row in rows]
    for part in commas(source):
        name, formula = re.fullmatch(r'\s*("[^"]+"|\w+)\s*=(.*)', part, re.DOTALL).groups()
        made = expression.compiled(formula)
        for row in rows:
            value = made(row)
            if isinstance(value, bool):
                raise BadSpl(f"{name} would be a truth value")
            if value is None:
                row.pop(unquote(name), None)
            else:
                row[unquote(name)] = value
    return rows


def where(rows, source):
    made = expression.compiled(source)
    return [row for row in rows if made(row) is True]


def search(rows, source):
    stays = condition.compiled(source)
    return [row for row in rows if stays(row)]


def sort(rows, source):
    """`sort 0 -a b`: a sign belongs to the field it touches, or to the only one."""
    parts = [word for word in words(source) if word != ","]
    limit = int(parts.pop(0)) if parts and parts[0].isdigit() else 10000
    if parts and parts[0] in ("-", "+"):
        if len(parts) > 2:
            raise BadSpl(f"which fields does the sign in sort {source!r} belong to?")
        parts = ["".join(parts)]
    for part in reversed(parts):
        name, down = unquote(part.lstrip("+-")), part.startswith("-")
        known = [row for row in rows if several(row.get(name))]
        rows = sorted(known, key=lambda row: order(row[name]), reverse=down) + [row for row in rows if not several(row.get(name))]
    return rows[:limit] if limit else rows


def head(rows, source):
    return rows[: int(source or 10)]


def dedup(rows, source):
    wanted = [name for name in names(source) if "=" not in name]
    keep_empty = "keepempty=true" in source.lower()
    seen, kept = set(), []
    for row in rows:
        key = tuple(text(row[name]) if name in row else None for name in wanted)
        if (None not in key or keep_empty) and key not in seen:
            seen.add(key)
            kept.append(row)
    return kept


def fillnull(rows, source):
    found = re.fullmatch(r'\s*(?:value=("[^"]*"|\S+))?(.*)', source, re.DOTALL)
    value, wanted = unquote(found[1] or "0"), names(found[2])
    wanted = wanted or sorted({name for row in rows for name in row})
    return [row | {name: value for name in wanted if not several(row.get(name))} for row in rows]


def mvexpand(rows, source):
    (name,) = names(source)
    return [row | {name: value} for row in rows for value in several(row.get(name)) or [None]]


def makeresults(rows, source):
    if rows or source.strip():
        raise BadSpl("makeresults begins a search, here without options")
    return [{"_time": NOW}]


def read_lookup(path):
    """Rows of the file, empty cells left out."""
    with open(path, encoding="utf-8", newline="") as file:
        return [{key: value for key, value in row.items() if value not in ("", None)} for row in csv.DictReader(file)]


def columns(path):
    with open(path, encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def lookup(rows, source, find):
    """`lookup name column [AS field] OUTPUT column column`; `find` gives the file of a name."""
    found = re.fullmatch(r"\s*(\S+)\s+(\w+)(?:\s+AS\s+(\w+))?\s+OUTPUT\s+(.+)", source, re.DOTALL)
    if not found:
        raise BadSpl(f"cannot read lookup {source!r}")
    path, key, field, output = find(found[1]), found[2], found[3] or found[2], names(found[4])
    missing = {key, *output}.difference(columns(path))
    if missing:
        raise BadSpl(f"{path.name} has no column {', '.join(sorted(missing))}")
    known = {row[key].lower(): row for row in read_lookup(path) if key in row}

    def added(row):
        entry = known.get(text(packed(several(row.get(field)))).lower(), {})
        return {name: entry[name] for name in output if name in entry}

    return [row | added(row) for row in rows]


ROWS = {
    "chart": stats.chart,
    "dedup": dedup,
    "eval": evaluate,
    "eventstats": stats.eventstats,
    "fields": fields,
    "fillnull": fillnull,
    "head": head,
    "makeresults": makeresults,
    "mvexpand": mvexpand,
    "rename": rename,
    "search": search,
    "sort": sort,
    "stats": stats.stats,
    "streamstats": streamstats,
    "table": table,
    "timechart": stats.timechart,
    "where": where,
}
