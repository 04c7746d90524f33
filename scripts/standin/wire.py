"""The wire form: frames, splunkd's CSV dialect, multivalue cells. No child, no checks across replies."""

import re

PLAIN = re.compile(r"[A-Za-z0-9]*")
HEADER = re.compile(rb"chunked 1\.0,(0|[1-9][0-9]*),(0|[1-9][0-9]*)\n")
TOKEN = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"|([^",\r\n]*+)')
ROW_END = re.compile(r"\r?\n|\Z")


class Malformed(Exception):
    """Bytes that no reading of the protocol allows."""


def frame(metadata, body=b""):
    """One request as bytes; lengths count bytes, nothing follows the metadata."""
    return b"chunked 1.0,%d,%d\n" % (len(metadata), len(body)) + metadata + body


def encode_cell(text):
    """splunkd's quoting: bare only if all of the cell is ASCII letters and digits."""
    return text if PLAIN.fullmatch(text) else '"' + text.replace('"', '""') + '"'


def encode_list(values):
    """The `__mv_` cell: empty for none and one, else `$a$;$b$` with `$` doubled."""
    if len(values) < 2:
        return ""
    return ";".join("$" + value.replace("$", "$$") + "$" for value in values)


def encode_body(columns, rows):
    """Plain columns first, then all `__mv_` columns, LF after every row."""
    lines = [list(columns) + ["__mv_" + name for name in columns]]
    for row in rows:
        cells = [row.get(name, []) for name in columns]
        lines.append(["\n".join(values) for values in cells] + [encode_list(values) for values in cells])
    text = "".join(",".join(map(encode_cell, line)) + "\n" for line in lines)
    return text.encode("utf-8", "surrogateescape")


def parse_csv(text):
    """Rows of cells; quoted cells may hold line ends, rows end with LF or CRLF."""
    rows, row, place = [], [], 0
    while place < len(text):
        token = TOKEN.match(text, place)
        row.append(token[2] if token[1] is None else token[1].replace('""', '"'))
        place = token.end()
        if text.startswith(",", place):
            place += 1
            if place < len(text):
                continue
            row.append("")
        end = ROW_END.match(text, place)
        if end is None:
            raise Malformed(f"CSV row {len(rows)}: stray {text[place]!r} after cell {len(row)}")
        rows.append(row)
        row, place = [], end.end()
    return rows


def decode_list(cell):
    """Values of a non-empty `__mv_` cell, read from left to right."""
    values, place = [], 0
    while True:
        if not cell.startswith("$", place):
            raise Malformed(f"'$' expected at character {place}")
        value, place = decode_item(cell, place + 1)
        values.append(value)
        if place == len(cell):
            return values
        if cell[place] != ";":
            raise Malformed(f"';' expected at character {place}")
        place += 1


def decode_item(cell, place):
    """One value from behind its opening `$`; (value, place behind the closing `$`)."""
    parts = []
    while True:
        stop = cell.find("$", place)
        if stop < 0:
            raise Malformed("closing '$' missing")
        parts.append(cell[place:stop])
        if cell.startswith("$$", stop):
            parts.append("$")
            place = stop + 2
        else:
            return "".join(parts), stop + 1
