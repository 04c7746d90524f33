"""What stats and its relatives read, and what they make."""

import re

from spl import arguments, reader

FUNCTIONS = re.compile(
    r"c|count|dc|distinct_count|estdc|avg|mean|sum|sumsq|min|max|range|median|mode|stdevp?|varp?|values|list|first|last|"
    r"earliest|latest|earliest_time|latest_time|rate|sparkline|per_(?:second|minute|hour|day)|(?:exact|upper)?p(?:erc)?\d+"
)


def parse(text, flow):
    """Returns (fields behind OVER and BY, names made), and reports unknown functions and fields."""
    read = arguments.aggregations(text)
    for call in read.calls:
        if not FUNCTIONS.fullmatch(call.function):
            flow.report(f"{call.text[:40]} is not an aggregation")
        elif call.expression is not None:
            flow.use_expression(call.expression)
        elif call.field:
            flow.use([call.field])
    return [*read.over, *read.by], [call.label for call in read.calls]


def stats(flow, text, _):
    by, made = parse(text, flow)
    flow.use(by)
    flow.keep_only([*by, *made])


def add_stats(flow, text, _):
    by, made = parse(text, flow)
    flow.use(by)
    flow.make(made)


def chart(flow, text, _):
    """The columns are named after values, so any field may follow."""
    by, made = parse(text, flow)
    flow.use(by)
    flow.keep_only(["_time", *by, *made])
    flow.open = True


def tstats(flow, text, _):
    """Reads indexed fields or a data model, whose names are not declared in this app."""
    flow.open = True
    head, _sign, by = text.partition(" BY ") if " BY " in text else text.partition(" by ")
    aggregations = re.split(r"\bwhere\b|\bfrom\b", head, flags=re.IGNORECASE)[0]
    _by, made = parse(aggregations, flow)
    _given, fields = arguments.options(reader.words(by))
    flow.keep_only([*made, *arguments.names(fields)])
