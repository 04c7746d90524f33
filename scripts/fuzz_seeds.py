#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets, made from the project's events, catalogue and lists: one folder for each
target, and a dictionary of the names that events and lists hold.

usage: fuzz_seeds.py FOLDER
"""

import csv
import gzip
import io
import json
import pathlib
import re
import struct
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CATALOGUE = sorted((ROOT / "src/catalogue/data").glob("*.toml"))
GETINFO = b'{"action":"getinfo","searchinfo":{"args":["mode=filter"],"session_key":"k","dispatch_dir":"/d"}}'
METADATA = [GETINFO, b'{"action":"execute","finished":false}', b'{"action":"execute","finished":true}']
OPTIONS = [
    "mode=filter input=raw cloud=aws,azure scope=extended min_severity=high",
    'MODE="tag" tuning=none cim=f distributed=0 record=case',
    "mode = filter tuning=list.csv input=fields",
]
MULTIVALUE = [b"$a$;$b$", b'"$a$$b$;$$;$""q""$"', b"$i-0a1b$;$i-0c2d$;$$$$$"]
LISTS = [
    "id,enabled,action,value,reason,owner,expires,operation,principal,src\nr1,1,suppress,,known,team,2030-01-01,aws_ssm_*,arn:*:user/a*,10.0.0.0/8\n",
    "id,enabled,action,value,reason,owner,expires,cloud,actor,target\nr2,1,severity,+1,prod,team,,aws,*/ci,i-*\nr3,1,expect,,,team,,gcp,,\n",
]


def examples():
    """Every example of the catalogue, as an event."""
    for path in CATALOGUE:
        family = tomllib.loads(path.read_text(encoding="utf-8"))
        for text in texts(family):
            if text.lstrip().startswith("{"):
                yield text


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def events():
    found = list(examples())
    for event in json.loads((ROOT / "tests/demo/events.json").read_text(encoding="utf-8")):
        found.append(json.dumps(event))
    return found


def fields(value, name=""):
    """The event as Splunk's extraction names it."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from fields(member, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for item in value:
            yield from fields(item, f"{name}{{}}")
    else:
        yield name, "null" if value is None else str(value)


def chunks(found):
    """Bodies of a few rows, from `_raw` and from fields."""
    for at in range(0, len(found), 3):
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([["_chunked_idx", "_raw", "__mv__raw"], *([str(i), raw, ""] for i, raw in enumerate(found[at : at + 3]))])
        yield out.getvalue().encode()
    for text in found[::3]:
        row = dict(fields(json.loads(text)))
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([[*row, "user"], [*row.values(), "u"]])
        yield out.getvalue().encode()


def frame(metadata, body=b"", header=b"chunked 1.0,%d,%d\n"):
    return header % (len(metadata), len(body)) + metadata + body


def frames():
    getinfo, execute, last = METADATA
    some = [frame(getinfo), frame(execute, b'"_raw"\n"a"\n'), frame(last, header=b"chunked 1.0 , %d ,%d\r\n")]
    return [*some, b"".join(some)]


def recording():
    """A request, its reply and a note (docs/recording.md)."""
    whole = b"DVMREC\r\n" + struct.pack(">H", 1) + struct.pack(">H", 3) + b"1.2"
    for kind, metadata, body in [(1, b'{"session_key":"k"}', b"_raw\n"), (2, b"{}", b"_raw\n"), (5, b"", b"full")]:
        whole += struct.pack(">BQIQ", kind, 7, len(metadata), len(body)) + metadata + body
    return whole


def seeds():
    found = events()
    raw = [text.encode() for text in found]
    records = b'{"Records":[' + b",".join(raw[:5]) + b"]}"
    return {
        "frames": frames(),
        "metadata": METADATA,
        "options": [text.encode() for text in OPTIONS],
        "chunk": list(chunks(found)),
        "multivalue": MULTIVALUE,
        "shapes": [*raw, records, b"<134>Mar 14 09:26:53 host app: " + raw[0]],
        "catalogue": [path.read_bytes() for path in CATALOGUE],
        "tuning": [text.encode() for text in LISTS],
        "recording": [recording(), *METADATA],
        "scanner": [records, b"\n".join(raw[:4]) + b"\n", gzip.compress(records, mtime=0), b"[" + b",".join(raw[4:8]) + b"]"],
    }


def dictionary(everything):
    """The dictionary: words that a fuzzer would hardly guess."""
    text = b"\n".join(seed for some in everything.values() for seed in some if not seed.startswith(b"\x1f\x8b"))
    words = set(re.findall(rb"[A-Za-z_][A-Za-z_.]{3,40}", text))
    return "".join(f'"{word.decode()}"\n' for word in sorted(words))


def main():
    folder = pathlib.Path(sys.argv[1])
    everything = seeds()
    targets = {path.stem for path in (ROOT / "fuzz/fuzz_targets").glob("*.rs")}
    if targets != set(everything):
        sys.exit(f"fuzz_seeds: no seeds for {targets ^ set(everything)}")
    for target, some in everything.items():
        place = folder / target
        place.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(some):
            (place / f"seed-{number}").write_bytes(seed)
    (folder / "words.dict").write_text(dictionary(everything), encoding="ascii")
    print(f"fuzz_seeds: {sum(map(len, everything.values()))} seeds for {len(everything)} targets")


main()
