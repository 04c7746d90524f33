"""The merged events on a terminal, or as JSON lines."""

import json
from itertools import zip_longest

from .checks import is_finding

ELLIPSIS = "…"
GAP = "  "
COLUMNS = {
    "AlertType": ("AlertType",),
    "actor": ("UserARN", "CallerUPN", "PrincipalEmail"),
    "target": ("TargetInstance", "VMName"),
    "SourceIP": ("SourceIP",),
    "dvm_access": ("dvm_access",),
    "dvm_outcome": ("dvm_outcome",),
    "dvm_severity": ("dvm_severity",),
}

LINKED = {
    "time": ("_time",),
    "dvm_principal": ("dvm_principal", "dvm_actor"),
    "target": ("dvm_target",),
    "dvm_access": ("dvm_access",),
    "dvm_outcome": ("dvm_outcome",),
    "dvm_severity": ("dvm_severity",),
    "dvm_session_state": ("dvm_session_state",),
    "dvm_link": ("dvm_link",),
    "dvm_case": ("dvm_case",),
}


def json_lines(events):
    """One object an event; several values as a list."""
    for event in events:
        row = {name: values[0] if len(values) == 1 else values for name, values in event.items()}
        yield json.dumps(row, ensure_ascii=False)


def table(events, width, columns):
    """One line for each finding, and one for each further value; at most `width` characters wide."""
    findings = [line for event in events if is_finding(event) for line in rows(event, columns)]
    if not findings:
        return []
    lines = [list(columns), *findings]
    widths = fit([max(map(len, column)) for column in zip(*lines)], width - len(GAP) * (len(columns) - 1))
    lines.insert(1, ["-" * size for size in widths])
    return [GAP.join(shorten(text, size).ljust(size) for text, size in zip(line, widths)).rstrip() for line in lines]


def rows(event, columns):
    """The cells of a finding, with as many lines as its longest multivalue field has values."""
    return zip_longest(*(values(event, names) for names in columns.values()), fillvalue="")


def values(event, names):
    """The values of the first of the fields that is set, without control characters."""
    found = next((event[name] for name in names if event.get(name)), [])
    return ["".join(sign if sign.isprintable() else "." for sign in value) for value in found]


def fit(widths, total):
    """Narrows the widest columns until all fit."""
    widths = list(widths)
    while sum(widths) > total and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def shorten(text, width):
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    tail = width - 1 - head
    return text[:head] + ELLIPSIS + text[len(text) - tail:]


def summary(sent, events, messages, linked):
    said = "; ".join(f"{level} {text}" for level, text in messages) or "none"
    if linked:
        return f"{len(sent)} rows, {sum(map(is_finding, sent))} findings in {len(events)} rows of the result, messages: {said}"
    kept = f" ({len(events)} kept)" if len(events) != len(sent) else ""
    return f"{len(sent)} events{kept}, {sum(map(is_finding, events))} findings, messages: {said}"
