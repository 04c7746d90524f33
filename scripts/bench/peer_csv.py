"""The peer in plain Python: reads and writes the protocol itself, rows through the csv module."""

import csv
import io
import re
import sys

from tagging import Tagger

HEADER = re.compile(rb"chunked 1.0,(\d+),(\d+)\n")
csv.field_size_limit(1 << 28)


def answer(body, tagger, is_filter):
    reader = csv.reader(io.StringIO(body.decode("utf-8", "surrogateescape"), newline=""))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    header = next(reader, None)
    if header is None:
        return b""
    ask = tagger.columns(header)
    new = [name for name in tagger.fields if name not in header]
    writer.writerow(header + new)
    blank = [""] * len(new)
    place = {name: at for at, name in enumerate(header + new)}
    for row in reader:
        tags = ask(row)
        if tags is None and is_filter:
            continue
        row += blank
        if tags is not None:
            for name, value in tags.items():
                row[place[name]] = value
        writer.writerow(row)
    return out.getvalue().encode("utf-8", "surrogateescape")


def main():
    tagger = Tagger(sys.argv[1])
    is_filter = sys.argv[2:] == ["filter"]
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while line := stdin.readline():
        metadata, length = map(int, HEADER.match(line).groups())
        request, body = stdin.read(metadata), stdin.read(length)
        if b"getinfo" in request:
            reply, rows = b'{"type":"streaming"}', b""
        else:
            reply = b'{"finished":true}' if b"true" in request else b'{"finished":false}'
            rows = answer(body, tagger, is_filter)
        stdout.write(b"chunked 1.0,%d,%d\n%s" % (len(reply), len(rows), reply))
        stdout.write(rows)
        stdout.flush()


main()
