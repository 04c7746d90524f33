"""Follows the fields of a search from stage to stage.

`open` says that events may hold fields that nobody declares (another index, a data model); then no field is unknown.
"""

import copy
import re

from . import expression, spl

DEFAULT = set(
    """_time _raw _indextime _cd _serial host source sourcetype index linecount splunk_server eventtype tag punct
    timestamp info_min_time info_max_time info_search_time info_sid date_hour date_wday""".split()
)
MODIFIERS = set("earliest latest index _index_earliest _index_latest savedsearch sourcetype source host eventtype tag".split())
MODIFIERS.add("starthoursago")
COMPARISON = re.compile(r"""(?:'([^']+)'|\b([A-Za-z_][\w.{}:]*))\s*(?:!=|<=|>=|=|<|>|\bIN\s*\()""", re.IGNORECASE)
ELSEWHERE = re.compile(r"\bindex\s*=\s*\"?_|\bsourcetype\s*=\s*\"?stash|\bsource\s*=\s*\"?directvm_(findings|counts)")


class Flow:
    """The fields that a row may hold at one point of the search."""

    def __init__(self, report):
        self.report = report
        self.fields = set(DEFAULT)
        self.open = False

    def copy(self):
        twin = copy.copy(self)
        twin.fields = set(self.fields)
        return twin

    def use(self, names):
        for name in names:
            if name and not self.open and not self.knows(name):
                self.report(f"unknown field {name}")

    def knows(self, name):
        if "*" in name:
            pattern = re.compile(re.escape(name).replace(r"\*", ".*"))
            return any(pattern.fullmatch(field) for field in self.fields) or name == "*"
        return name in self.fields

    def use_expression(self, text):
        self.use(expression.fields(text, self.report))

    def make(self, names):
        self.fields.update(names)

    def keep_only(self, names):
        self.fields = set(names)
        self.open = False


def options(words):
    """(name=value pairs, the other words); quotes around a value are taken off."""
    given, others = {}, []
    for word in words:
        name, sign, value = word.partition("=")
        if sign and re.fullmatch(r"\w+", name):
            given[name.lower()] = spl.unquote(value)
        else:
            others.append(word)
    return given, others


def names(words):
    return [spl.unquote(word) for word in words]


def search(flow, text, _):
    if ELSEWHERE.search(text):
        flow.open = True
    text = spl.QUOTED.sub('""', text)
    used = [quoted or plain for quoted, plain in COMPARISON.findall(text)]
    flow.use(name for name in used if name.lower() not in MODIFIERS)


def where(flow, text, _):
    flow.use_expression(text)


def evaluate(flow, text, _):
    for assignment in spl.split(text, ","):
        name, sign, value = assignment.partition("=")
        if not sign:
            flow.report(f"eval without =: {assignment[:60]}")
            continue
        flow.use_expression(value)
        flow.make([spl.unquote(name.strip())])


def table(flow, text, _):
    kept = names(spl.words(text))
    flow.use(kept)
    flow.keep_only(flow.fields if "*" in kept else kept)


def select(flow, text, _):
    words = spl.words(text)
    sign = words.pop(0) if words and words[0] in "+-" else "+"
    chosen = names(words)
    flow.use(chosen)
    if sign == "-":
        flow.fields -= set(chosen)
    elif "*" not in chosen:
        flow.keep_only([*chosen, "_time", "_raw"])


def rename(flow, text, _):
    words = spl.words(text)
    for at in range(0, len(words) - 2, 3):
        old, word, new = words[at:at + 3]
        if word.lower() != "as":
            flow.report(f"rename: AS expected, not {word}")
            return
        flow.use(names([old]))
        flow.fields.discard(spl.unquote(old))
        flow.make(names([new]))
    if len(words) % 3:
        flow.report(f"rename is not of the form a AS b: {text[:60]}")


def rex(flow, text, _):
    given, _others = options(spl.words(text))
    flow.use([given.get("field", "_raw")])
    if given.get("mode") != "sed":
        flow.make(re.findall(r"\(\?P?<(\w+)>", text))


def on_fields(flow, text, _):
    """fillnull, dedup, mvexpand and the like: options, numbers, fields."""
    _given, words = options(spl.words(text))
    flow.use(name for name in names(words) if not name.isdigit())


def sort(flow, text, _):
    for word in spl.words(text):
        field = re.sub(r"^[-+]?(?:(?:auto|str|num|ip)\((.*)\)|(.*))$", r"\1\2", word)
        if field and not field.isdigit() and field != "d":
            flow.use(names([field]))


def span(flow, text, _):
    given, words = options(spl.words(text))
    if len(words) == 3 and words[1].lower() == "as":
        flow.make(names(words[2:]))
    flow.use(names(words[:1]))
    if not given:
        flow.report("bin without span or bins")


def nothing(_flow, _text, _):
    pass


def unknown_events(flow, _text, _):
    flow.open = True


def make_results(flow, _text, _):
    flow.make(["_time"])


def top(flow, text, _):
    _given, words = options(spl.words(text))
    used = [name for name in names(words) if not name.isdigit() and name.lower() != "by"]
    flow.use(used)
    flow.keep_only([*used, "count", "percent"])


def input_lookup(flow, text, linter):
    given, words = options(spl.words(text))
    columns = linter.lookups.get(words[0] if words else "", flow.report) or []
    if given.get("append", "").lower() not in {"t", "true", "1"}:
        flow.keep_only([])
    flow.make(columns)
    condition = re.split(r"\bwhere\b", text, maxsplit=1, flags=re.IGNORECASE)
    if len(condition) == 2:
        flow.use_expression(condition[1])


def output_lookup(flow, text, linter):
    _given, words = options(spl.words(text))
    columns = linter.lookups.get(words[0] if words else "", flow.report)
    if columns is None or flow.open:
        return
    missing = [column for column in columns if column not in flow.fields]
    extra = sorted(flow.fields - set(columns) - {name for name in flow.fields if name.startswith("_")})
    if missing or extra:
        flow.report(f"outputlookup {words[0]}: columns missing {missing}, not in the file {extra}")


def lookup(flow, text, linter):
    _given, words = options(spl.words(text))
    if not words:
        flow.report("lookup without a name")
        return
    columns = linter.lookups.get(words[0], flow.report)
    halves = split_words(words[1:], {"output", "outputnew"})
    for column, field in pairs(halves[0]):
        flow.use([field])
        check_column(flow, words[0], columns, column)
    outputs = pairs(halves[1]) if len(halves) > 1 else [(name, name) for name in columns or []]
    for column, field in outputs:
        check_column(flow, words[0], columns, column)
        flow.make([field])


def check_column(flow, name, columns, column):
    if columns is not None and column not in columns:
        flow.report(f"lookup {name} has no column {column}")


def split_words(words, separators):
    parts = [[]]
    for word in words:
        if word.lower() in separators:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def pairs(words):
    """a AS b -> (a, b); a -> (a, a)."""
    found, at = [], 0
    words = names(words)
    while at < len(words):
        if at + 2 < len(words) and words[at + 1].lower() == "as":
            found.append((words[at], words[at + 2]))
            at += 3
        else:
            found.append((words[at], words[at]))
            at += 1
    return found


def combine(flow, text, linter):
    """append, appendcols, join: the rows or fields of a subsearch are added."""
    outer, inner = spl.subsearches(text)
    _given, words = options(spl.words(outer))
    flow.use(name for name in names(words) if name != "subsearch")
    for other in inner:
        added = linter.follow(other, flow.report)
        flow.make(added.fields)
        flow.open = flow.open or added.open


def append_pipe(flow, text, linter):
    for inner in spl.subsearches(text)[1]:
        flow.make(linter.follow_stages(spl.stages("| " + inner.strip().removeprefix("|")), flow.copy()).fields)


def give_back(flow, text, _):
    flow.use(word.lstrip("$").split("=")[-1] for word in spl.words(text) if not word.isdigit())


def command(flow, text, linter):
    """directvm itself: its options are judged by the program, its fields declared by it."""
    linter.check_options(spl.words(text), flow.report)
    given, _others = options(spl.words(text))
    fills_cim = given.get("cim", "false" if given.get("input", "").lower() == "raw" else "true").lower()
    groups = {"seed", "own", "cim"} if fills_cim in {"1", "t", "true", "y", "yes"} else {"seed", "own"}
    flow.make(name for name, group in linter.schema.items() if group in groups)
