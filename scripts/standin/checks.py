"""What a reply must look like, and how its rows are joined to the rows that were sent."""

import json

from .verdict import INVALID_RESULT, LOG_INSPECTOR, LOG_METADATA, LOG_TYPE, MERGE_ERROR, SETUP_ERROR, Breach
from .wire import Malformed, decode_list, parse_csv

INDEX = "_chunked_idx"
MV = "__mv_"
EXECUTE_KEYS = ("finished", "inspector", "error")
GETINFO_KEYS = EXECUTE_KEYS + ("type", "generating", "required_fields", "streaming_preop", "maxwait")
TYPES = ("streaming", "stateful", "events", "reporting")
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")
# Fields that the command may set over an older value; everything else it may only fill.
OWN_FIELDS = ("AlertType", "UserARN", "TargetInstance", "CallerUPN", "VMName", "PrincipalEmail", "SourceIP")
OWN_PREFIX = "dvm_"


def parse_metadata(content, keys, shown):
    """Parses the reply's JSON object: only known keys, each once, `inspector` before `error`."""
    try:
        text = content.decode("utf-8")
        pairs = json.loads(text, object_pairs_hook=Pairs)
    except ValueError as fault:
        raise Breach(f"reply metadata is not valid JSON: {fault}", shown) from None
    if not isinstance(pairs, Pairs) or text != text.strip():
        raise Breach("reply metadata is not exactly one JSON object", shown)
    names = [name for name, _ in pairs]
    for name in names:
        if name not in keys:
            raise Breach(f"reply metadata holds {name!r}", logged=LOG_METADATA.format(name))
    if len(set(names)) < len(names):
        raise Breach(f"reply metadata repeats a key: {names}", shown)
    if "error" in names and "inspector" in names[names.index("error"):]:
        raise Breach("'inspector' must come before 'error'", shown)
    return dict(pairs)


class Pairs(list):
    """A JSON object with its keys in the order of the text."""


def check_getinfo(reply, body):
    expect(not body, f"getinfo reply has a body of {len(body)} bytes", SETUP_ERROR)
    kind = reply.get("type", "streaming")
    if kind not in TYPES:
        raise Breach(f"getinfo reply has type {kind!r}", SETUP_ERROR, LOG_TYPE.format(kind))
    expect(reply.get("generating", False) is False, "a generating command takes no events", SETUP_ERROR)
    expect(names_or_none(reply.get("required_fields")), "required_fields is not a list of names", SETUP_ERROR)
    check_error(reply, SETUP_ERROR)
    if "error" not in reply:
        expect(reply.get("finished", False) is False, "finished without error in a getinfo reply", SETUP_ERROR)


def names_or_none(value):
    return value is None or type(value) is list and all(isinstance(name, str) for name in value)


def check_execute(reply, finished):
    got = json.dumps(reply.get("finished"))
    expect(reply.get("finished") is finished, f"finished is {got}, the request said {json.dumps(finished)}", INVALID_RESULT)


def check_last(reply):
    """After the end of the input, a command that makes rows of its own may ask to go on."""
    expect(type(reply.get("finished")) is bool, f"finished is {reply.get('finished')!r}, not true or false", INVALID_RESULT)


def check_error(reply, shown):
    if "error" in reply:
        text = reply["error"]
        expect(isinstance(text, str) and text.strip() != "", f"error is {text!r}, not a text", shown)
        expect(reply.get("finished") is True, "error without finished:true", shown)


def expect(holds, why, shown=""):
    if not holds:
        raise Breach(why, shown)


def take_messages(reply, seen):
    """Append the inspector's messages to `seen`: known levels, each text once in a search."""
    inspector = reply.get("inspector", Pairs())
    expect(isinstance(inspector, Pairs), "inspector is not a JSON object")
    for name, value in inspector:
        if name == "messages":
            expect(type(value) is list, "inspector.messages is not a list")
            for message in value:
                take_message(message, seen)
        else:
            expect(name.startswith("metric."), f"inspector holds {name!r}")


def take_message(message, seen):
    pair = type(message) is list and len(message) == 2 and all(isinstance(part, str) for part in message)
    expect(pair, f"inspector message {message!r} is not [level, text]")
    if message[0] not in LEVELS or tuple(message) in seen:
        raise Breach(f"inspector message {message!r}: unknown level or sent before", logged=LOG_INSPECTOR)
    seen.append(tuple(message))


def decode_body(body):
    """(plain columns, rows as field → values) of a reply's CSV."""
    try:
        lines = parse_csv(body.decode("utf-8", "surrogateescape"))
        return decode_lines(lines) if lines else ([], [])
    except Malformed as fault:
        raise Breach(f"reply body: {fault}", INVALID_RESULT) from None


def decode_lines(lines):
    header, *rows = lines
    if len(set(header)) < len(header):
        raise Malformed(f"a column appears twice: {', '.join(header)}")
    plain = [name for name in header if not name.startswith(MV)]
    lonely = [name for name in header if name.startswith(MV) and name.removeprefix(MV) not in plain]
    if lonely or "" in header:
        raise Malformed(f"columns without a name or without their plain column: {lonely or header}")
    for number, cells in enumerate(rows):
        if len(cells) != len(header):
            raise Malformed(f"row {number} has {len(cells)} cells, the header {len(header)}")
    return plain, [decode_row(number, plain, dict(zip(header, cells))) for number, cells in enumerate(rows)]


def decode_row(number, plain, cells):
    row = {}
    for name in plain:
        values = cell_values(f"row {number}, {name}", cells[name], cells.get(MV + name, ""))
        if values:
            row[name] = values
    return row


def cell_values(place, text, several):
    """A non-empty `__mv_` cell wins, and must say the same as the plain one."""
    if not several:
        return [text] if text else []
    try:
        values = decode_list(several)
    except Malformed as fault:
        raise Malformed(f"{place}: malformed multivalue {several[:60]!r}: {fault}") from None
    if "\n".join(values) != text:
        raise Malformed(f"{place}: plain cell {text[:60]!r} and multivalue {several[:60]!r} differ")
    return values


def merge_selected(sent, names, body):
    """Joins by `_chunked_idx`; the events keep every field that was not requested."""
    if not body:
        return []
    plain, rows = decode_body(body)
    expect(INDEX in plain, "the reply has no column '_chunked_idx'", MERGE_ERROR)
    places = take_indexes(rows, len(sent))
    merged, echoed = [], [name for name in names if name in plain]
    for number, (place, row) in enumerate(zip(places, rows)):
        base = sent[place]
        field = altered(base, row, echoed)
        expect(field is None, f"row {number} (_chunked_idx {place}): the cell {field!r} came back changed")
        merged.append({name: values for name, values in (base | row).items() if name not in plain or name in row})
    return merged


def take_indexes(rows, count):
    """`_chunked_idx` of each row, taken out of it: whole numbers, rising, within what was sent."""
    places, last = [], -1
    for number, row in enumerate(rows):
        text = "".join(row.pop(INDEX, []))
        valid = text.isascii() and text.isdigit() and last < int(text) < count
        expect(valid, f"row {number}: _chunked_idx {text!r} after {last}, with {count} rows sent", MERGE_ERROR)
        last = int(text)
        places.append(last)
    return places


def merge_all(sent, names, body):
    """All-fields mode: the reply's rows are the result; each must be a row that was sent, in order."""
    plain, rows = decode_body(body)
    lost = [name for name in names if name not in plain]
    expect(not (rows and lost), f"the reply lost the columns {', '.join(lost)}")
    place = 0
    for number, row in enumerate(rows):
        first = altered(sent[place], row, names) if place < len(sent) else "any"
        while place < len(sent) and altered(sent[place], row, names) is not None:
            place += 1
        expect(place < len(sent), f"row {number} is not a row of the request: {first!r} differs")
        place += 1
    return rows


def altered(base, row, names):
    """Returns the first column that came back changed although the command must not change it."""
    finding = is_finding(row)
    for name in names:
        before = base.get(name, [])
        if row.get(name, []) != before and not (finding and (not before or is_own(name))):
            return name
    return None


def is_finding(row):
    return bool(row.get("AlertType"))


def is_own(name):
    return name in OWN_FIELDS or name.startswith(OWN_PREFIX)
