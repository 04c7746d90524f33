"""stats and its relatives: what they read, and what they make."""

import re

from . import expression, spl

FUNCTIONS = re.compile(
    r"c|count|dc|distinct_count|estdc|avg|mean|sum|sumsq|min|max|range|median|mode|stdevp?|varp?|values|list|first|last|"
    r"earliest|latest|earliest_time|latest_time|rate|sparkline|per_(?:second|minute|hour|day)|(?:exact|upper)?p(?:erc)?\d+"
)
CALL = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)


def parse(text, flow):
    """(fields of BY, names made); options are left out."""
    made, by, words = [], [], spl.words(text)
    at = next((at for at, word in enumerate(words) if word.lower() == "by"), len(words))
    by = [spl.unquote(word) for word in words[at + 1:] if not is_option(word)]
    words = [word for word in words[:at] if not is_option(word)]
    while words:
        call = join_call(words)
        name = call
        if len(words) > 1 and words[0].lower() == "as":
            name = spl.unquote(words[1])
            del words[:2]
        read_call(call, flow)
        made.append(name)
    return by, made


def is_option(word):
    return re.match(r"\w+=", word) is not None


def join_call(words):
    """The next aggregation: `count (x)` may stand in two words."""
    call = words.pop(0)
    if words and words[0].startswith("(") and "(" not in call:
        call += words.pop(0)
    return call


def read_call(call, flow):
    found = CALL.fullmatch(call)
    if not found or not FUNCTIONS.fullmatch(found[1].lower()):
        flow.report(f"{call[:40]} is no aggregation")
        return
    inner = (found[2] or "").strip()
    evaluated = re.fullmatch(r"eval\s*\((.*)\)", inner, re.DOTALL)
    if evaluated:
        flow.use(expression.fields(evaluated[1].replace("==", "="), flow.report))
    elif inner:
        flow.use([spl.unquote(inner)])


def stats(flow, text, _):
    by, made = parse(text, flow)
    flow.use(by)
    flow.keep_only([*by, *made])


def add_stats(flow, text, _):
    by, made = parse(text, flow)
    flow.use(by)
    flow.make(made)


def chart(flow, text, _):
    text = re.sub(r"\b(?:over|OVER)\b", "BY", text, count=1)
    parts = re.split(r"\bBY\b", text, flags=re.IGNORECASE)
    by, made = parse(" BY ".join([parts[0], " ".join(parts[1:])]) if len(parts) > 1 else text, flow)
    flow.use(by)
    flow.keep_only(["_time", *by, *made])
    flow.open = True


def tstats(flow, text, _):
    """Reads indexed fields or a data model, whose names are not ours."""
    flow.open = True
    head, _sign, by = text.partition(" BY ") if " BY " in text else text.partition(" by ")
    aggregations = re.split(r"\bwhere\b|\bfrom\b", head, flags=re.IGNORECASE)[0]
    _by, made = parse(aggregations, flow)
    flow.keep_only([*made, *(spl.unquote(word) for word in spl.words(by) if not is_option(word))])
