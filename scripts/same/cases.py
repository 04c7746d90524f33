"""What is sent to both programs: sessions on standard input, and commands on files."""

import dataclasses
import gzip
import os
import pathlib
import subprocess
import sys

import streams
from streams import ROOT

import drive
from standin.events import read_rows
from standin.wire import encode_body, frame

CORPUS = ROOT / "../shared/corpus/recordings"
DEMO = ROOT / "tests/demo/events.json"
# Rows of a stream, by rows of a chunk.
ROWS = {
    50_000: {"wide": 100_000, "slim": 150_000, "raw": 150_000, "asked": 50_000},
    100: {"wide": 5_000, "slim": 5_000, "raw": 5_000, "asked": 5_000},
}


@dataclasses.dataclass
class Case:
    """A program is started with `arguments` in `folder`, gets `requests`, and its output is read."""

    name: str
    requests: list
    arguments: list = dataclasses.field(default_factory=list)
    folder: pathlib.Path = ROOT

    @property
    def is_session(self):
        return not self.arguments


def everything(folder, sessions, only):
    """All cases whose group is wanted; each stream exists only until the next case is asked for."""
    groups = {
        "demo": lambda: demo(),
        "recordings": lambda: recordings(),
        "examples": lambda: from_tests(folder, sessions),
        "streams": lambda: generated_streams(folder),
    }
    for name, cases in groups.items():
        if not only or name in only:
            yield from cases()


def demo():
    """The sample events as splunkd sends them, and the commands that read a file of them."""
    path = DEMO.relative_to(ROOT)
    for extract in ("raw", "extracted", "both"):
        rows = read_rows(DEMO, extract)
        for row in rows:
            row["source"] = [str(path)]
        names = list(dict.fromkeys(name for row in rows for name in row))
        body = encode_body(names, rows)
        request = frame(b'{"action":"execute","finished":true}', body)
        for options in ([], ["mode=filter"], ["scope=extended", "cim=f"], ["min_severity=high"], ["input=fields"]):
            yield Case("/".join(["demo", extract, *options]), [drive.getinfo(options), request])
    yield from on_file("demo", str(path), ROOT)


def on_file(name, path, folder):
    """`scan` in two formats with every event, the table, and `explain`."""
    scan = ["scan", "--no-progress", "--threads", "1", "--scope", "extended"]
    for kind in ("jsonl", "csv"):
        yield Case(f"{name}/scan-{kind}", [], [*scan, "--all", "--format", kind, path], folder)
    yield Case(f"{name}/scan-table", [], [*scan, "--format", "table", path], folder)
    yield Case(f"{name}/explain", [], ["explain", path], folder)


def recordings():
    if not CORPUS.is_dir():
        print(f"skipped: {CORPUS} is not there, so recorded sessions are not compared", flush=True)
        return
    for path in sorted(CORPUS.glob("*.gz")):
        recorded = gzip.decompress(path.read_bytes())
        header, rest = recorded.split(b"\n", 1)
        # The request of the recorded search is replaced: its options are those of another command.
        _, metadata, body = header.split(b",")
        executes = rest[int(metadata) + int(body) :]
        for options in ([], ["mode=filter"], ["input=raw"]):
            yield Case("/".join(["recordings", path.stem, *options]), [drive.getinfo(options), executes])


def from_tests(folder, sessions):
    """What tests/same.rs writes: examples of the catalogue in every format, and generated sessions."""
    environment = os.environ | {"SAME_FOLDER": str(folder), "SAME_SESSIONS": str(sessions)}
    command = ["cargo", "test", "--quiet", "--locked", "--test", "main", "same::"]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode != 0:
        sys.exit(f"same: the sessions cannot be written:\n{done.stdout}")
    for path in sorted(folder.rglob("*.session")):
        yield Case(str(path.relative_to(folder).with_suffix("")), [path.read_bytes()])
    for path in sorted((folder / "events").iterdir()):
        yield from on_file(f"events/{path.stem}", path.name, path.parent)


def generated_streams(folder):
    generator = streams.peers()
    for chunk, layouts in ROWS.items():
        for layout, rows in layouts.items():
            for rate in streams.RATES:
                stream = streams.stream(generator, folder, layout, rate, rows, chunk)
                name = f"streams/{streams.title(layout, rate, chunk)}"
                yield Case(name, [drive.getinfo(streams.ARGUMENTS[layout]), stream.bytes])
                stream.bytes.close()
