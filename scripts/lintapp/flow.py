"""Follows the fields of a search from stage to stage.

`open` says that events may hold undeclared fields (of another index or a data model); then no field is unknown.
"""

import copy
import re

from spl import arguments, condition, expression, reader
from spl.arguments import names, options, pairs, split_words
from spl.reader import SplError

from .functions import FUNCTIONS

DEFAULT = set(
    """_time _raw _indextime _cd _serial host source sourcetype index linecount splunk_server eventtype tag punct
    timestamp info_min_time info_max_time info_search_time info_sid date_hour date_wday""".split()
)
MODIFIERS = set("earliest latest index _index_earliest _index_latest savedsearch sourcetype source host eventtype tag".split())
MODIFIERS.add("starthoursago")
ELSEWHERE = re.compile(r"\bindex\s*=\s*\"?(?:_|none)|\bsourcetype\s*=\s*\"?stash|\bsource\s*=\s*\"?directvm_(findings|counts)")


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
        try:
            for node in expression.walk(expression.parse(text)):
                if isinstance(node, expression.Field):
                    self.use([node.name])
                elif isinstance(node, expression.Call) and node.name.lower() not in FUNCTIONS:
                    self.report(f"{node.name}() is not a function of eval")
        except SplError as error:
            self.report(str(error))

    def use_condition(self, text):
        try:
            self.use(name for name in condition.fields(condition.parse(text)) if name.lower() not in MODIFIERS)
        except SplError as error:
            self.report(str(error))

    def make(self, names):
        self.fields.update(names)

    def keep_only(self, names):
        self.fields = set(names)
        self.open = False


def search(flow, text, _):
    if ELSEWHERE.search(text):
        flow.open = True
    flow.use_condition(text)


def where(flow, text, _):
    flow.use_expression(text)


def evaluate(flow, text, _):
    for name, value in arguments.assignments(text):
        if value is None:
            flow.report(f"eval without =: {name[:60]}")
            continue
        flow.use_expression(value)
        flow.make([name])


def table(flow, text, _):
    kept = names(reader.words(text))
    flow.use(kept)
    flow.keep_only(flow.fields if "*" in kept else kept)


def select(flow, text, _):
    words = reader.words(text)
    sign = words.pop(0) if words and words[0] in "+-" else "+"
    chosen = names(words)
    flow.use(chosen)
    if sign == "-":
        flow.fields -= set(chosen)
    elif "*" not in chosen:
        flow.keep_only([*chosen, "_time", "_raw"])


def rename(flow, text, _):
    words = reader.words(text)
    for at in range(0, len(words) - 2, 3):
        old, word, new = words[at:at + 3]
        if word.lower() != "as":
            flow.report(f"rename: AS expected, not {word}")
            return
        flow.use(names([old]))
        flow.fields.discard(reader.unquote(old))
        flow.make(names([new]))
    if len(words) % 3:
        flow.report(f"rename is not of the form a AS b: {text[:60]}")


def rex(flow, text, _):
    given, _others = options(reader.words(text))
    flow.use([given.get("field", "_raw")])
    if given.get("mode") != "sed":
        flow.make(re.findall(r"\(\?P?<(\w+)>", text))


def on_fields(flow, text, _):
    """fillnull, dedup, mvexpand and the like: options, numbers, fields."""
    _given, words = options(reader.words(text))
    flow.use(name for name in names(words) if not name.isdigit())


def sort(flow, text, _):
    for word in reader.words(text):
        field = re.sub(r"^[-+]?(?:(?:auto|str|num|ip)\((.*)\)|(.*))$", r"\1\2", word)
        if field and not field.isdigit() and field != "d":
            flow.use(names([field]))


def span(flow, text, _):
    given, words = options(reader.words(text))
    if len(words) == 3 and words[1].lower() == "as":
        flow.make(names(words[2:]))
    flow.use(names(words[:1]))
    if not given:
        flow.report("bin without span or bins")


def nothing(_flow, _text, _):
    pass


def unknown_events(flow, _text, _):
    flow.open = True


def add_info(flow, _text, _):
    flow.make(["info_min_time", "info_max_time", "info_search_time", "info_sid"])


def make_results(flow, _text, _):
    flow.make(["_time"])


def top(flow, text, _):
    _given, words = options(reader.words(text))
    used = [name for name in names(words) if not name.isdigit() and name.lower() != "by"]
    flow.use(used)
    flow.keep_only([*used, "count", "percent"])


def input_lookup(flow, text, linter):
    given, words = options(reader.words(text))
    columns = linter.lookups.get(words[0] if words else "", flow.report) or []
    if given.get("append", "").lower() not in {"t", "true", "1"}:
        flow.keep_only([])
    flow.make(columns)
    clause = re.split(r"\bwhere\b", text, maxsplit=1, flags=re.IGNORECASE)
    if len(clause) == 2:
        flow.use_condition(clause[1])


def output_lookup(flow, text, linter):
    _given, words = options(reader.words(text))
    columns = linter.lookups.get(words[0] if words else "", flow.report)
    if columns is None or flow.open:
        return
    missing = [column for column in columns if column not in flow.fields]
    extra = sorted(flow.fields - set(columns) - {name for name in flow.fields if name.startswith("_")})
    if missing or extra:
        flow.report(f"outputlookup {words[0]}: columns missing {missing}, not in the file {extra}")


def lookup(flow, text, linter):
    _given, words = options(reader.words(text))
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


def combine(flow, text, linter):
    """append, appendcols, join: add the rows or fields of a subsearch."""
    outer, inner = reader.subsearches(text)
    _given, words = options(reader.words(outer))
    flow.use(name for name in names(words) if name != "subsearch")
    for other in inner:
        added = linter.follow(other, flow.report)
        flow.make(added.fields)
        flow.open = flow.open or added.open


def append_pipe(flow, text, linter):
    for inner in reader.subsearches(text)[1]:
        flow.make(linter.follow_stages(reader.stages("| " + inner.strip().removeprefix("|")), flow.copy()).fields)


def locate(flow, text, _):
    """iplocation: the place of an address."""
    _given, words = options(reader.words(text))
    flow.use(names(words))
    flow.make("City Country Region lat lon".split())


def give_back(flow, text, _):
    flow.use(word.lstrip("$").split("=")[-1] for word in reader.words(text) if not word.isdigit())


def command(flow, text, linter):
    """directvm: the program checks its options and declares its fields."""
    linter.check_options(reader.words(text), flow.report)
    given, _others = options(reader.words(text))
    by_default = {"cim": "false" if given.get("input", "").lower() == "raw" else "true", "json": "false"}
    asked = {name for name in by_default if given.get(name, by_default[name]).lower() in {"1", "t", "true", "y", "yes"}}
    groups = {"seed", "own"} | asked
    flow.make(name for name, group in linter.schema.items() if group in groups)


def link(flow, text, linter):
    """directvmlink: of findings it makes requests, sessions or cases, with their own fields and no others."""
    linter.check_options(reader.words(text), flow.report, "directvmlink")
    flow.keep_only({"_time", *linter.schema})
