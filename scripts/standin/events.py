"""Provider logs on disk to rows as a search head holds them: field name to list of values."""

import datetime
import gzip
import json
import zlib

PLAIN_FIELDS = ("_time", "_raw", "host", "source", "sourcetype", "index")
TIME_PATHS = ("eventTime", "eventTimestamp", "detail.eventTime", "timestamp", "data.timestamp", "time", "TimeGenerated")
# Names that mean something to the protocol itself; splunkd never extracts them from an event.
RESERVED_PREFIXES = ("__mv_", "_chunked_idx")


class BadInput(Exception):
    """The events file cannot be read as any known shape."""


def read_rows(path, extract):
    """All events of the file as rows; `extract` is raw, extracted or both."""
    rows, clock = [], 0.0
    for text, value in read_events(path):
        clock = event_time(value, clock)
        rows.append(row_of(text, value, clock, str(path), extract))
    return rows


def read_events(path):
    """(text as indexed, parsed value or None) of each event."""
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as fault:
        raise BadInput(f"{path}: {fault}") from fault
    text = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        return [(compact(item), item) for item in unwrap(json.loads(text))]
    except ValueError:
        return read_lines(path, text)


def unwrap(value):
    """The records of a batch file, or the one value it holds."""
    if isinstance(value, dict):
        batch = next((value[key] for key in ("Records", "records") if isinstance(value.get(key), list)), None)
        return [value] if batch is None else batch
    return value if isinstance(value, list) else [value]


def read_lines(path, text):
    """One JSON value on each line; a line that is not JSON is an event without fields, as in an index."""
    events = [(line, parsed_or_none(line)) for line in (part.strip() for part in text.split("\n")) if line]
    if events and all(value is None for _, value in events):
        raise BadInput(f"{path}: neither one JSON value nor JSON lines")
    return events


def parsed_or_none(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


def compact(value):
    """JSON as a Splunk input writes it: no blanks, text unescaped where UTF-8 can hold it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def row_of(text, value, clock, path, extract):
    sourcetype, index = classify(value)
    row = {
        "_time": [f"{clock:.3f}".removesuffix(".000")],
        "_raw": [text],
        "host": ["standin"],
        "source": [path],
        "sourcetype": [sourcetype],
        "index": [index],
    }
    if extract != "raw":
        for name, values in flatten(value).items():
            row.setdefault(name, values)
    if extract == "extracted":
        del row["_raw"]
    return row


def flatten(value):
    """KV_MODE=json: `a.b`, arrays as `a{}` with several values, null as text, numbers as text."""
    fields = {}
    if isinstance(value, dict):
        for name, part in leaves("", value):
            if part != "" and not name.startswith(RESERVED_PREFIXES):
                fields.setdefault(name, []).append(part)
    return fields


def leaves(name, value):
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(f"{name}.{key}" if name else key, part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(name + "{}", part)
    else:
        yield name, leaf_text(value)


def leaf_text(value):
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def at(value, path):
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def event_time(value, before):
    """Epoch seconds of the event, else the time of the event before it, as Splunk falls back."""
    for path in TIME_PATHS:
        text = at(value, path)
        if isinstance(text, str):
            try:
                moment = datetime.datetime.fromisoformat(text)
            except ValueError:
                continue
            return moment.replace(tzinfo=moment.tzinfo or datetime.timezone.utc).timestamp()
    return before


def classify(value):
    """(sourcetype, index) under which the usual add-ons keep an event of this shape."""
    if at(value, "eventSource") is not None:
        return "aws:cloudtrail", "aws"
    if at(value, "detail.eventSource") is not None:
        return "aws:firehose:cloudwatchevents", "aws"
    if at(value, "api.operation") is not None:
        return "aws:asl", "aws"
    if at(value, "operationName.value") is not None:
        return "mscs:azure:audit", "azure"
    if isinstance(at(value, "operationName"), str) or at(value, "OperationNameValue") is not None:
        bastion = at(value, "category") == "BastionAuditLogs"
        return ("azure:monitor:resource" if bastion else "azure:monitor:activity"), "azure"
    if at(value, "data.protoPayload") is not None:
        return "google:gcp:pubsub:message", "gcp"
    if at(value, "protoPayload") is not None:
        kind = "data_access" if "data_access" in str(at(value, "logName")) else "admin_activity"
        return f"google:gcp:pubsub:audit:{kind}", "gcp"
    return "_json", "main"
