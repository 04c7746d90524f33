"""The wire format: frames, splunkd's CSV dialect, multivalue cells."""

import re

PLAIN = re.compile(r"[A-Za-z0-9]*")
HEADER = re.compile(rb"chunked 1\.0,(0|[1-9][0-9]*),(0|[1-9][0-9]*)\n")
TOKEN = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"|([^",\r\n]*+)')
ROW_END = re.compile(r"\r?\n|\Z")


class Malformed(Exception):
    """Bytes that the protocol does not allow."""


def frame(metadata, body=b""):
    """One request as bytes; lengths count bytes, nothing follows the metadata."""
    return b"chunked 1.0,%d,%d\n" % (len(metadata), len(body)) + metadata + body


def encode_cell(text):
    """Quotes as splunkd does: only a cell of ASCII letters and digits stays bare."""
    return text if PLAIN.fullmatch(text) else '"' + text.replace('"', '""') + '"'


def encode_list(values):
    """The `__mv_` cell: empty for up to one value, else `$a$;$b$` with `$` doubled."""
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
    rows, row, at = [], [], 0
    while at < len(text):
        token = TOKEN.match(text, at)
        row.append(token[2] if token[1] is None else token[1].replace('""', '"'))
        at = token.end()
        if text.startswith(",", at):
            at += 1
            if at < len(text):
                continue
            row.append("")
        end = ROW_END.match(text, at)
        if end is None:
            raise Malformed(f"CSV row {len(rows)}: stray {text[at]!r} after cell {len(row)}")
        rows.append(row)
        row, at = [], end.end()
    return rows


def decode_list(cell):
    """Values of a non-empty `__mv_` cell, read from left to right."""
    values, at = [], 0
    while True:
        if not cell.startswith("$", at):
            raise Malformed(f"'$' expected at character {at}")
        value, at = decode_item(cell, at + 1)
        values.append(value)
        if at == len(cell):
            return values
        if cell[at] != ";":
            raise Malformed(f"';' expected at character {at}")
        at += 1


def decode_item(cell, at):
    """Decodes the value that begins behind an opening `$`. Returns (value, offset behind the closing `$`)."""
    parts = []
    while True:
        stop = cell.find("$", at)
        if stop < 0:
            raise Malformed("closing '$' missing")
        parts.append(cell[at:stop])
        if cell.startswith("$$", stop):
            parts.append("$")
            at = stop + 2
        else:
            return "".join(parts), stop + 1
