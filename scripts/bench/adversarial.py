#!/usr/bin/env python3
"""make adversarial: hostile input must take linear time, at most 10 times as long as ordinary input.

For each kind of body, from 1 KB to 1 GB, the table has the processor time per byte as a multiple of the time that ordinary
events of the same length take, measured in turn. It fails
- if any of these is over 10, or over what SECURITY.md names for the few kinds that take longer;
- if the time is not linear: from 1 MB to 1 GB, none may be more than twice the one at 1 MB;
- if the peak of memory is over 1.15 times the request and 16 MiB, or 48 MiB where one event may fill it with values.
Small bodies are sent many times to one instance, so that its start does not count.

usage: adversarial.py [--pairs N] [--largest BYTES] [--only WORD[,WORD]]
"""

import argparse
import base64
import dataclasses
import gzip
import json
import pathlib
import statistics
import sys

sys.dont_write_bytecode = True

import drive
from programs import build

KB, MB, GB = 1_000, 1_000_000, 1_000_000_000
SIZES = [KB, 64 * KB, MB, 16 * MB, 256 * MB, GB]
# Small bodies are repeated up to this many bytes a run.
RUN = 128 * MB
# Time per byte, as a multiple of ordinary input, unless a kind has its own.
MAX_RATIO = 10.0
# Growth of that multiple above 1 MB. Quadratic time would grow 1,000-fold up to 1 GB; caches and other programs on the
# machine account for less than a factor of 2.
MAX_GROWTH = 2.0
# Peak memory beyond the allowance, as a multiple of the request.
MAX_MEMORY = 1.15
ALLOWANCE = 16 << 20
# A single event may hold 4 MiB and 200,000 values.
ALLOWANCE_FOR_VALUES = 48 << 20


@dataclasses.dataclass
class Kind:
    """A body: `header`, `begin`, then `unit` repeated up to the wanted size, then `end`."""

    name: str
    header: bytes
    unit: bytes
    begin: bytes = b""
    end: bytes = b""
    max_ratio: float = MAX_RATIO
    allowance: int = ALLOWANCE

    def body(self, size):
        repeated = size - len(self.header) - len(self.begin) - len(self.end)
        return self.header + self.begin + self.unit * max(1, repeated // len(self.unit)) + self.end


def cell(text):
    return b'"' + text.replace(b'"', b'""') + b'"'


def event(**changes):
    """An ordinary CloudTrail record."""
    record = {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:build",
            "arn": "arn:aws:sts::111122223333:assumed-role/ci/build",
            "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/ci"}},
        },
        "eventTime": "2026-03-14T09:26:53Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "aws-sdk-go/1.44.0 (go1.20; linux; amd64)",
        "requestParameters": {"bucketName": "example-logs", "key": "2026/03/14/part-000.gz"},
        "responseElements": None,
        "requestID": "EXAMPLE123456789",
        "eventID": "0a1b2c3d-0000-4000-8000-00000000abcd",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    }
    return json.dumps(record | changes, separators=(",", ":")).encode()


def row(text):
    return b"0,1773480413," + cell(text) + b",,,\n"


def one_cell(name, unit, begin=b"", end=b"", **limits):
    """A single row with a single cell, which `unit` fills."""
    begin, unit, end = (part.replace(b'"', b'""') for part in (begin, unit, end))
    return Kind(name, b"_raw\n", unit, b'"' + begin, end + b'"\n', **limits)


def one_event(name, unit, begin, end=b"", max_ratio=MAX_RATIO):
    """A single event. It is read up to 4 MiB, which takes longer than to pass it on."""
    return one_cell(name, unit, begin, end, max_ratio=max_ratio, allowance=ALLOWANCE_FOR_VALUES)


def encoded(content):
    """An event that holds `content` as a message of Pub/Sub."""
    return b'{"message":{"data":"' + base64.b64encode(content) + b'"}}'


def kinds():
    raw = b"_chunked_idx,_time,_raw,__mv__chunked_idx,__mv__time,__mv__raw\n"
    session = {"eventName": "StartSession", "eventSource": "ssm.amazonaws.com"}
    near = event(eventName="StartSession", eventSource="athena.amazonaws.com")
    many = b"".join(b"c%d," % at for at in range(4_999)) + b"c\n"
    crlf = row(event()).replace(b"\n", b"\r\n")
    start = json.dumps(session)[:-1].encode()
    yield Kind("ordinary events", raw, row(event()))
    yield Kind("quotes", raw, row(b'"' * 1_000))
    yield one_cell("quotes in one cell", b'"' * 32)
    yield one_cell("line feeds in one cell", b"\n" * 64)
    yield Kind("rows of one byte", b"a\n", b"1\n")
    yield Kind("empty rows", b"a\n", b"\n")
    yield Kind("rows that end in CR LF", raw.replace(b"\n", b"\r\n"), crlf)
    yield Kind("5,000 columns", many, b"," * 4_999 + b"\n")
    yield Kind("parts of names", raw, row(b"startsessio runcomman sendcomman serialpor " * 40))
    yield Kind("operation names of another service", raw, row(near))
    yield Kind("operation names outside JSON", raw, row(b"StartSession SendCommand runCommand " * 50))
    yield Kind("escapes", raw, row(b'{"text":"' + b"\\u0041" * 300 + b'"}'))
    yield one_cell("escapes and names in one cell", b"\\u0041 StartSession ")
    yield one_cell("braces in one cell", b'{"StartSession')
    yield one_event("nested in one cell", b'{"a":', start + b',"x":', max_ratio=40.0)
    yield one_event("one list in one cell", b'{"eventName":"StartSession"},', b"[", max_ratio=70.0)
    yield one_event("one key repeated", b'"k":1,', start + b',"requestParameters":{', max_ratio=30.0)
    yield one_event("one wrapper repeated", b'"event":1,', b"{", b'"x":1}', max_ratio=20.0)
    inside = json.dumps({"k": 1, "list": [{"key": "x", "values": ["y"]}]}).encode()
    quoted = json.dumps(json.dumps({"a": [json.loads(inside)] * 400})).encode()
    yield Kind("JSON in strings", raw, row(start + b',"requestParameters":' + quoted + b"}"), max_ratio=20.0)
    yield Kind("JSON in base64", raw, row(encoded(near * 4)), max_ratio=20.0)
    yield Kind("gzip of blanks in base64", raw, row(encoded(gzip.compress(near + b" " * (4 << 20)))), max_ratio=400.0)


class Request:
    """One execute request, sent often enough to be timed."""

    def __init__(self, body):
        self.largest = len(body)
        metadata = b'{"action":"execute","finished":false}'
        self.bytes = b"chunked 1.0,%d,%d\n%s%s" % (len(metadata), len(body), metadata, body)
        self.frames = [(0, len(self.bytes))] * max(1, RUN // len(body))


def measured(command, body, ordinary, pairs):
    """Returns the times per byte as multiples of ordinary input, and the peak of memory."""
    requests = {"hostile": body, "plain": ordinary}
    runs = {name: lambda request=request: drive.run([command], [], request) for name, request in requests.items()}
    found = drive.in_turn(runs, pairs)
    per_byte = {
        name: [run.cpu / len(request.frames) / request.largest for run in found[name]]
        for name, request in requests.items()
    }
    ratios = [hostile / plain for hostile, plain in zip(per_byte["hostile"], per_byte["plain"])]
    return ratios, max(run.peak for run in found["hostile"])


def shown(size):
    return f"{size // GB} GB" if size >= GB else f"{size // MB} MB" if size >= MB else f"{size // KB} KB"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--largest", type=int, default=GB)
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    chosen = parser.parse_args()
    pathlib.Path(".cache").mkdir(exist_ok=True)
    command = build("--bin", "directvm")
    sizes = [size for size in SIZES if size <= chosen.largest]
    print(f"| time per byte, times ordinary | {' | '.join(map(shown, sizes))} | memory |")
    print(f"| --- |{' --- |' * len(sizes)} --- |")
    ordinary, *hostile = kinds()
    faults = []
    for kind in hostile:
        if not chosen.only or any(word in kind.name for word in chosen.only):
            faults += judged(command, kind, ordinary, sizes, chosen.pairs)
    if faults:
        sys.exit("adversarial: over the bar:\n  " + "\n  ".join(faults))


def judged(command, kind, ordinary, sizes, pairs):
    """Measures one kind and prints its row of the table. Returns what is over the bar."""
    ratios, memory, faults = {}, 0.0, []
    for size in sizes:
        hostile, plain = Request(kind.body(size)), Request(ordinary.body(size))
        found, peak = measured(command, hostile, plain, pairs)
        ratios[size] = statistics.median(found)
        over = (peak - kind.allowance) / hostile.largest
        memory = max(memory, over)
        if over > MAX_MEMORY:
            faults.append(f"{kind.name}, {shown(size)}: {peak >> 20} MiB")
    print(f"| {kind.name} | {' | '.join(f'{ratio:.2f}' for ratio in ratios.values())} | {memory:.2f} |", flush=True)
    return faults + [f"{kind.name}, {fault}" for fault in time_faults(ratios, kind.max_ratio)]


def time_faults(ratios, max_ratio):
    """`ratios`: size to time per byte, as a multiple of ordinary input; `max_ratio`: the largest that is allowed."""
    for size, ratio in ratios.items():
        if ratio > max_ratio:
            yield f"{shown(size)}: {ratio:.2f} times as long as ordinary input"
        if size > MB and ratio > MAX_GROWTH * ratios.get(MB, ratio):
            yield f"{shown(size)}: {ratio:.2f} times as long as ordinary input, but {ratios[MB]:.2f} times at 1 MB: not linear"


main()
