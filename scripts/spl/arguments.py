"""Reads the arguments of commands: options, field names, `a AS b`, aggregations."""

import dataclasses
import re

from . import reader

CALL = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)
EVAL = re.compile(r"eval\s*\((.*)\)", re.DOTALL)
OPTION = re.compile(r"\w+=")


@dataclasses.dataclass
class Aggregation:
    """`function(field) AS label`, or `function(eval(expression)) AS label`; a bare `count` has neither."""

    text: str
    function: str
    label: str
    field: str | None = None
    expression: str | None = None


@dataclasses.dataclass
class Aggregations:
    calls: list
    over: list
    by: list
    options: dict


def options(words):
    """Separates {name: value} of each name=value word from the other words."""
    given, others = {}, []
    for word in words:
        name, sign, value = word.partition("=")
        if sign and re.fullmatch(r"\w+", name):
            given[name.lower()] = reader.unquote(value)
        else:
            others.append(word)
    return given, others


def names(words):
    return [reader.unquote(word) for word in words]


def pairs(words):
    """`a AS b` gives (a, b); `a` gives (a, a)."""
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


def split_words(words, separators):
    """Splits a list of words at the separators, which are lower case."""
    parts = [[]]
    for word in words:
        if word.lower() in separators:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def assignments(text):
    """Yields (field, expression) of each `field = expression`; the expression is None where the sign is missing."""
    for assignment in reader.split(text, ","):
        name, sign, value = assignment.partition("=")
        yield reader.unquote(name.strip()), value if sign else None


def aggregations(text):
    """Reads the arguments of stats and its relatives: `call [AS label] ... [OVER field] [BY field ...] [name=value ...]`."""
    words = reader.words(text)
    given = dict(word.split("=", 1) for word in words if OPTION.match(word))
    words = [word for word in words if not OPTION.match(word)]
    clauses = {"": [], "over": [], "by": []}
    clause = ""
    for word in words:
        if word.lower() in ("over", "by"):
            clause = word.lower()
        else:
            clauses[clause].append(word)
    return Aggregations(calls(clauses[""]), names(clauses["over"]), names(clauses["by"]), given)


def calls(words):
    found, words = [], list(words)
    while words:
        text = words.pop(0)
        if words and words[0].startswith("(") and "(" not in text:
            text += words.pop(0)
        label = text
        if len(words) > 1 and words[0].lower() == "as":
            label = reader.unquote(words[1])
            del words[:2]
        found.append(aggregation(text, label))
    return found


def aggregation(text, label):
    read = CALL.fullmatch(text)
    if not read:
        return Aggregation(text, "", label)
    inner = (read[2] or "").strip()
    evaluated = EVAL.fullmatch(inner)
    if evaluated:
        return Aggregation(text, read[1].lower(), label, expression=evaluated[1])
    return Aggregation(text, read[1].lower(), label, field=reader.unquote(inner) or None)
