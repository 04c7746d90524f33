"""What happened, one request after another: the time, the severity, a sentence and the reasons for the severity."""

import datetime
import json
import textwrap

from .checks import is_finding
from .show import values

# Where the clouds have the name of an operation, for events that are no finding.
NAMES = ("eventName", "methodName", "operationName")
SHORT = {"critical": "CRIT", "high": "HIGH", "medium": "MED", "low": "LOW", "informational": "INFO"}
# Characters before the sentence.
INDENT = 25


def story(requests, width):
    """Lines for requests as directvmlink gives them, in the order of time; a line for each day."""
    day = None
    for request in sorted(requests, key=moment):
        if moment(request).date() != day:
            day = moment(request).date()
            yield f"── {day} UTC ".ljust(width, "─")
        yield from told(request, width)


def moment(request):
    return datetime.datetime.fromtimestamp(float(request["_time"][0]), datetime.timezone.utc)


def first(request, name):
    return "".join(values(request, (name,))[:1])


def told(request, width):
    severity = SHORT.get(first(request, "dvm_severity"), "")
    head = f"{moment(request):%H:%M:%S}  {severity:<4}  {first(request, 'dvm_outcome'):<7}"
    yield from wrapped(first(request, "dvm_summary"), head.ljust(INDENT), width)
    for reason in values(request, ("dvm_reasons",)):
        yield from wrapped(reason, " " * INDENT + "- ", width)
    for link in values(request, ("dvm_link_reason",)):
        yield from wrapped(link, " " * INDENT + "→ ", width)
    yield ""


def wrapped(text, before, width):
    return textwrap.wrap(text, width, initial_indent=before, subsequent_indent=" " * len(before), break_long_words=False, break_on_hyphens=False)


def left_alone(events, width):
    """Lines on the events that are no finding, by the names of their operations."""
    names = [name_of(event) for event in events if not is_finding(event)]
    if names:
        yield from wrapped(f"left alone: {', '.join(dict.fromkeys(names))}", "", width)


def name_of(event):
    """The name of an event's operation, wherever its cloud has it."""
    record = json.loads(event["_raw"][0])
    found = next((place[name] for place in (record, record.get("protoPayload", {})) for name in NAMES if name in place), "an event without a name")
    return found["value"] if isinstance(found, dict) else found
