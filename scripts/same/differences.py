"""Where two replies differ: by frame, row and column, or by line.

Rows and cells are compared as they are written, quotes included; taken together they are the whole reply, so that
no byte can differ without being found.
"""

import dataclasses
import json
import re

# A row with its end; an unterminated quote reaches to the end of the body.
ROW = re.compile(rb'(?:[^"\n]++|"[^"]*+"|"[^"]*+\Z)*+(?:\n|\Z)')
# A cell and what ends it.
CELL = re.compile(rb'((?:[^",\n]++|"[^"]*+"|"[^"]*+\Z)*+)(,|\n|\Z)')
HEADER = re.compile(rb"chunked 1\.0,(\d+),(\d+)\n")
TWIN = b"__mv_"
# The column that says which example of the catalogue a row is.
LABEL = b"example"


@dataclasses.dataclass
class Difference:
    """`what` is a kind, or a kind and a name: `column dvm_reasons`, `metadata inspector`, `rows`, `line`, `status`."""

    what: str
    where: str
    old: bytes
    new: bytes


def of_replies(old, new):
    """The differences of two outputs, each a sequence of frames."""
    if old == new:
        return
    old_frames, new_frames = list(frames(old)), list(frames(new))
    if len(old_frames) != len(new_frames):
        yield Difference("frames", "end", b"%d frames" % len(old_frames), b"%d frames" % len(new_frames))
    for number, (one, other) in enumerate(zip(old_frames, new_frames)):
        if one[0] != other[0]:
            yield from of_metadata(number, one[0], other[0])
        if one[1] != other[1]:
            yield from of_bodies(f"frame {number}", one[1], other[1])


def frames(output):
    """(metadata, body) of each frame; bytes that are not a frame are a body."""
    at = 0
    while at < len(output):
        header = HEADER.match(output, at)
        if not header:
            yield b"", output[at:]
            return
        middle = header.end() + int(header[1])
        end = middle + int(header[2])
        yield output[header.end() : middle], output[middle:end]
        at = end


def of_metadata(number, old, new):
    """By member; of two lists only what is not in both, unless the order alone differs."""
    old_members, new_members = members(old), members(new)
    found = False
    for name in dict.fromkeys([*old_members, *new_members]):
        one, other = old_members.get(name), new_members.get(name)
        if one != other:
            found = True
            if isinstance(one, list) and isinstance(other, list) and sorted(map(str, one)) != sorted(map(str, other)):
                one, other = [item for item in one if item not in other], [item for item in other if item not in one]
            values = (json.dumps(value, ensure_ascii=False).encode() for value in (one, other))
            yield Difference(f"metadata {name}", f"frame {number}", *values)
    if not found:
        yield Difference("metadata", f"frame {number}", old, new)


def members(metadata):
    """What a JSON object holds; nothing where it is something else."""
    try:
        value = json.loads(metadata)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def of_bodies(where, old, new):
    # The pattern also matches the empty end of a body.
    old_rows, new_rows = ([row for row in ROW.findall(body) if row] for body in (old, new))
    if len(old_rows) != len(new_rows):
        counts = (b"%d rows with the header" % len(rows) for rows in (old_rows, new_rows))
        yield Difference("rows", where, *counts)
        return
    old_header, new_header = cells(old_rows[0]), cells(new_rows[0])
    if old_header != new_header:
        yield from of_headers(where, old_header, new_header)
    for number, (one, other) in enumerate(zip(old_rows[1:], new_rows[1:]), 1):
        if one != other:
            yield from of_rows(f"{where}, row {number}", (old_header, one), (new_header, other))


def of_headers(where, old, new):
    for name in [name for name in old if name not in new]:
        yield Difference(f"header {shown_name(name)}", where, name, b"")
    for name in [name for name in new if name not in old]:
        yield Difference(f"header {shown_name(name)}", where, b"", name)
    if sorted(old) == sorted(new):
        yield Difference("header", where, b",".join(old), b",".join(new))


def of_rows(where, old, new):
    (old_header, one), (new_header, other) = old, new
    old_cells, new_cells = cells(one), cells(other)
    label = old_cells[old_header.index(LABEL)] if LABEL in old_header[: len(old_cells)] else b""
    where += f" ({label.decode(errors='replace')})" if label else ""
    found = False
    for name, left, right in pairs(old_header, old_cells, new_header, new_cells):
        if left != right:
            found = True
            yield Difference(f"column {shown_name(name)}", where, left, right)
    if not found and old_header == new_header:
        yield Difference("row", where, one, other)


def pairs(old_header, old_cells, new_header, new_cells):
    """(column, old cell, new cell) of the columns that both have: one that only one reply has was told at the header."""
    if old_header == new_header and len(old_cells) == len(new_cells):
        header = old_header + [b""] * max(0, len(old_cells) - len(old_header))
        return zip(header, old_cells, new_cells)
    old, new = named(old_header, old_cells), named(new_header, new_cells)
    return ((key[0], old[key], new[key]) for key in old if key in new)


def cells(row):
    return [match[1] for match in CELL.finditer(row) if match[0] or match.end() < len(row)]


def named(header, row):
    """Cells by name of the column and how many of this name came before; cells beyond the header have no name."""
    names, seen = {}, {}
    for at, cell in enumerate(row):
        name = header[at] if at < len(header) else b""
        names[name, seen.get(name, 0)] = cell
        seen[name] = seen.get(name, 0) + 1
    return names


def shown_name(name):
    """A twin counts as its column."""
    return name.strip(b'"').removeprefix(TWIN).decode(errors="backslashreplace")


def of_lines(what, old, new):
    """The differences of two outputs that are text."""
    if old == new:
        return
    old_lines, new_lines = old.split(b"\n"), new.split(b"\n")
    if len(old_lines) != len(new_lines):
        both = enumerate(zip(old_lines, new_lines))
        first = next((at for at, (a, b) in both if a != b), min(len(old_lines), len(new_lines)))
        counts = (b"%d lines, here " % len(lines) + b"".join(lines[first : first + 1]) for lines in (old_lines, new_lines))
        yield Difference(f"{what} lines", f"line {first + 1}", *counts)
        return
    for number, (one, other) in enumerate(zip(old_lines, new_lines), 1):
        if one != other:
            yield Difference(f"{what} line", f"line {number}", one, other)
