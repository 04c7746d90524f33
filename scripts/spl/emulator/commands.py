"""The commands. Each takes (rows, text of the arguments, emulator) and returns rows."""

import csv
import re

from .. import reader
from ..arguments import assignments, names, options, pairs, split_words
from ..reader import SplError
from . import aggregate, evaluate
from .entry import Entry, Unsupported
from .values import order, packed, several, text

# Splunk's default number of rows that sort returns.
SORT_LIMIT = 10000
# Fields that `fields` keeps unless it is told to remove them.
INTERNAL = ("_time", "_raw")


def fields(rows, source, _):
    words = reader.words(source)
    sign = words.pop(0) if words and words[0] in ("+", "-") else "+"
    listed = set(plain_names("fields", words))
    if sign == "-":
        return [{name: value for name, value in row.items() if name not in listed} for row in rows]
    return [{name: value for name, value in row.items() if name in listed or name in INTERNAL} for row in rows]


def table(rows, source, _):
    wanted = plain_names("table", reader.words(source))
    return [{name: row[name] for name in wanted if name in row} for row in rows]


def plain_names(command, words):
    """Field names; wildcards are not supported."""
    found = names(words)
    for name in found:
        if "*" in name:
            raise Unsupported(f"{command} with the wildcard {name}")
    return found


def rename(rows, source, _):
    words = names(reader.words(source))
    if not words or len(words) % 3 or any(word.upper() != "AS" for word in words[1::3]):
        raise SplError(f"rename is not of the form a AS b: {source.strip()!r}")
    new = dict(zip(plain_names("rename", words[::3]), words[2::3]))
    return [{new.get(name, name): value for name, value in row.items()} for row in rows]


def evaluate_fields(rows, source, emulator):
    rows = [dict(row) for row in rows]
    for name, formula in assignments(source):
        if formula is None:
            raise SplError(f"eval without =: {name[:60]}")
        made = evaluate.compiled(formula, emulator.now)
        for row in rows:
            value = made(row)
            if isinstance(value, bool):
                raise SplError(f"eval cannot put a Boolean value into {name}")
            if value is None:
                row.pop(name, None)
            else:
                row[name] = value
    return rows


def where(rows, source, emulator):
    made = evaluate.compiled(source, emulator.now)
    return [row for row in rows if made(row) is True]


def search(rows, source, _):
    stays = evaluate.filter_of(source)
    return [row for row in rows if stays(row)]


def sort(rows, source, _):
    parts = reader.words(source)
    limit = int(parts.pop(0)) if parts and parts[0].isdigit() else SORT_LIMIT
    if len(parts) == 2 and parts[0] in ("-", "+"):
        parts = ["".join(parts)]
    for part in reversed(parts):
        name = reader.unquote(part.lstrip("+-"))
        if not name or "(" in name:
            raise Unsupported(f"sort {source.strip()}")
        known = sorted((row for row in rows if several(row.get(name))), key=lambda row: order(row[name]), reverse=part[0] == "-")
        rows = known + [row for row in rows if not several(row.get(name))]
    return rows[:limit] if limit else rows


def is_true(word):
    return word.lower() in ("t", "true", "1")


def dedup(rows, source, _):
    given, words = options(reader.words(source))
    reject("dedup", given, "keepempty")
    if words and words[0].isdigit():
        raise Unsupported(f"dedup {source.strip()}")
    keeps_empty = is_true(given.get("keepempty", ""))
    wanted, seen, kept = plain_names("dedup", words), set(), []
    for row in rows:
        key = tuple(text(row[name]) if name in row else None for name in wanted)
        if None in key:
            kept += [row] if keeps_empty else []
        elif key not in seen:
            seen.add(key)
            kept.append(row)
    return kept


def reject(command, given, *known):
    """Raises Unsupported for an option that is not known."""
    for name in given:
        if name not in known:
            raise Unsupported(f"{command} with the option {name}")


def fillnull(rows, source, _):
    given, words = options(reader.words(source))
    reject("fillnull", given, "value")
    wanted = plain_names("fillnull", words) or sorted({name for row in rows for name in row})
    return [row | {name: given.get("value", "0") for name in wanted if not several(row.get(name))} for row in rows]


def mvexpand(rows, source, _):
    found = plain_names("mvexpand", reader.words(source))
    if len(found) != 1:
        raise Unsupported(f"mvexpand {source.strip()}")
    (name,) = found
    return [row | {name: value} for row in rows for value in several(row.get(name)) or [None]]


def makeresults(rows, source, emulator):
    if rows or source.strip():
        raise Unsupported(f"makeresults {source.strip()}" if source.strip() else "makeresults behind other commands")
    return [{"_time": emulator.now}]


def read_lookup(path):
    """Rows of the file, without empty cells."""
    with open(path, encoding="utf-8", newline="") as file:
        return [{key: value for key, value in row.items() if value not in ("", None)} for row in csv.DictReader(file)]


def inputlookup(rows, source, emulator):
    given, words = options(reader.words(source))
    reject("inputlookup", given, "append")
    found = names(words)
    appends = is_true(given.get("append", ""))
    if len(found) != 1 or (rows and not appends):
        raise Unsupported(f"inputlookup {source.strip()}")
    return rows + read_lookup(emulator.lookup(found[0]).path)


def outputlookup(rows, source, emulator):
    given, words = options(reader.words(source))
    reject("outputlookup", given, "append", "override_if_empty")
    found = names(words)
    if len(found) != 1 or (not rows and is_true(given.get("override_if_empty", "true"))):
        raise Unsupported(f"outputlookup {source.strip()} of {len(rows)} rows")
    if rows:
        write_lookup(emulator.lookup(found[0]).path, rows, is_true(given.get("append", "")))
    return rows


def write_lookup(path, rows, appends):
    """Writes rows with the columns that they have, in their order; an existing file that is appended to keeps its own."""
    before = read_lookup(path) if appends and path.exists() else []
    columns = list(dict.fromkeys(name for row in [*before, *rows] for name in row))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows([{name: text(value) for name, value in row.items()} for row in [*before, *rows]])


def lookup(rows, source, emulator):
    halves = split_words(reader.words(source), {"output"})
    inputs = pairs(halves[0][1:])
    if len(halves) != 2 or len(inputs) != 1:
        raise Unsupported(f"lookup {source.strip()}")
    definition = emulator.lookup(halves[0][0])
    ((key, field),), outputs = inputs, pairs(halves[1])
    definition.require([key, *(column for column, _ in outputs)])
    found = {}
    for entry in read_lookup(definition.path):
        if key in entry:
            found.setdefault(definition.folded(entry[key]), []).append(entry)

    def added(row):
        values = several(row.get(field))
        if len(values) > 1:
            raise Unsupported(f"lookup of the multivalue field {field}")
        entries = found.get(definition.folded(text(values[0])), [])[: definition.max_matches] if values else []
        columns = {name: packed([entry[column] for entry in entries if column in entry]) for column, name in outputs}
        return {name: value for name, value in columns.items() if value is not None}

    return [row | added(row) for row in rows]


def append(rows, source, emulator):
    return rows + emulator.run(only_subsearch("append", source, "maxtime", "maxout"))


def appendpipe(rows, source, emulator):
    return rows + emulator.run(only_subsearch("appendpipe", source), rows)


def only_subsearch(command, source, *known):
    rest, inner = reader.subsearches(source)
    given, words = options(reader.words(rest))
    reject(command, given, *known)
    if words != ['"subsearch"']:
        raise Unsupported(f"{command} {source.strip()}")
    return inner[0]


COMMANDS = {
    "append": Entry(append, "append [maxtime=seconds] [maxout=rows] [search]; both limits are Splunk's alone", "append"),
    "appendpipe": Entry(appendpipe, "appendpipe [commands], without options", "appendpipe"),
    "chart": Entry(aggregate.chart, "chart function OVER field BY field, without options", "chart"),
    "dedup": Entry(dedup, "dedup field ... [keepempty=bool]", "dedup"),
    "eval": Entry(evaluate_fields, "eval field=expression, ...", "eval"),
    "eventstats": Entry(aggregate.eventstats, "eventstats function [AS field] ... [BY field ...]", "eventstats"),
    "fields": Entry(fields, "fields [+|-] field ..., without wildcards", "fields"),
    "fillnull": Entry(fillnull, "fillnull [value=text] [field ...]", "fillnull"),
    "inputlookup": Entry(inputlookup, "inputlookup [append=bool] name, without a condition", "inputlookup"),
    "lookup": Entry(lookup, "lookup name column [AS field] OUTPUT column [AS field] ...; one value each row", "lookup"),
    "makeresults": Entry(makeresults, "makeresults, without options", "makeresults"),
    "mvexpand": Entry(mvexpand, "mvexpand field, without a limit", "mvexpand"),
    "outputlookup": Entry(outputlookup, "outputlookup [append=bool] [override_if_empty=bool] name; no rows only with false", "outputlookup"),
    "rename": Entry(rename, "rename field AS field ..., without wildcards", "rename"),
    "search": Entry(search, "search field=value, != < <= > >=, IN, NOT, OR, AND, parentheses; no keywords but *", "search"),
    "sort": Entry(sort, "sort [limit] [+|-]field ..., without functions such as num()", "sort"),
    "stats": Entry(aggregate.stats, "stats function [AS field] ... [BY field ...], without options", "stats"),
    "streamstats": Entry(aggregate.streamstats, "streamstats function [AS field] ... [BY field ...], without options", "streamstats"),
    "table": Entry(table, "table field ..., without wildcards", "table"),
    "timechart": Entry(aggregate.timechart, "timechart span=time [limit=0] function ... [BY field]; spans of s m h d", "timechart"),
    "where": Entry(where, "where expression", "where"),
}
