#!/usr/bin/env python3
"""make same: compares what two programs answer, byte for byte.

usage: same.py --old PROGRAM [--new PROGRAM] [--sessions N] [--only GROUP[,GROUP]] [--meant FILE]
               [--out FOLDER]
Groups: demo, recordings, examples (with the generated sessions), streams. Replies that differ are kept below FOLDER.
Differences that FILE (tests/same/meant.toml) lists are counted. Exit status 1: there were others.
"""

import argparse
import collections
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True

import cases
import differences
import meant
import streams

MEANT = streams.ROOT / "tests/same/meant.toml"
# Values in the report are cut here.
SHOWN = 300
# A session longer than this is ended.
SECONDS = 300


@dataclasses.dataclass
class Outcome:
    output: bytes
    complaints: bytes
    status: int


def run(program, case, folder):
    """Feeds the requests through a pipe while the output goes to a file."""
    with open(folder / "output", "w+b") as output, open(folder / "complaints", "w+b") as complaints:
        command = [program, *case.arguments]
        child = subprocess.Popen(command, cwd=case.folder, stdin=subprocess.PIPE, stdout=output, stderr=complaints)
        feeder = threading.Thread(target=feed, args=(child.stdin, case.requests))
        feeder.start()
        try:
            status = child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            status = "no end"
        feeder.join()
        output.seek(0)
        complaints.seek(0)
        return Outcome(output.read(), complaints.read(), status)


def feed(pipe, requests):
    with pipe:
        for request in requests:
            rest = memoryview(request)
            try:
                while rest:
                    rest = rest[os.write(pipe.fileno(), rest) :]
            except BrokenPipeError:
                # The program has ended, as it does after a broken frame.
                return


def compare(case, old, new):
    """All differences of a case."""
    if old.status != new.status:
        yield differences.Difference("status", "end", str(old.status).encode(), str(new.status).encode())
    if case.is_session:
        yield from differences.of_replies(old.output, new.output)
    else:
        yield from differences.of_lines("stdout", old.output, new.output)
    yield from differences.of_lines("stderr", old.complaints, new.complaints)


class Report:
    def __init__(self, folder, listed):
        self.folder = folder
        self.meant = meant.read(listed)
        self.compared = self.meant_sessions = self.failed = 0
        self.kinds = collections.Counter()

    def take(self, case, old, new):
        self.compared += 1
        if old == new:
            return
        others, first = collections.Counter(), None
        for difference in compare(case, old, new):
            if not meant.is_meant(self.meant, case.name, difference):
                others[difference.what] += 1
                first = first or difference
        if not first:
            self.meant_sessions += 1
            return
        self.keep(case, old, new)
        self.failed += 1
        self.kinds += others
        self.show(case, first, others)

    def show(self, case, first, others):
        counts = ", ".join(f"{count} × {what}" for what, count in others.most_common(8))
        print(f"{case.name}: {counts}\n  first: {first.what}, {first.where}")
        at = next((at for at, (a, b) in enumerate(zip(first.old, first.new)) if a != b), 0)
        begin = max(0, at - 60) if len(first.old) > SHOWN or len(first.new) > SHOWN else 0
        for side, value in (("old", first.old), ("new", first.new)):
            cut = value[begin : begin + SHOWN].decode(errors="backslashreplace")
            more = f" … ({len(value)} bytes, from {begin})" if len(value) > SHOWN else ""
            print(f"    {side}: {cut!r}{more}", flush=True)

    def keep(self, case, old, new):
        place = self.folder / case.name.replace("%", "")
        place.mkdir(parents=True, exist_ok=True)
        for side, outcome in (("old", old), ("new", new)):
            (place / side).write_bytes(outcome.output)
            if outcome.complaints:
                (place / f"{side}.stderr").write_bytes(outcome.complaints)

    def end(self, seconds, is_whole):
        for entry in self.meant:
            if entry.count:
                print(f"meant, {entry.count} times: {entry.session}: {entry.what}: {entry.reason}")
            elif is_whole:
                print(f"matched nothing: {entry.session}: {entry.what}: {entry.reason}")
        if self.kinds:
            print("differences that no entry covers, by kind:")
            for what, count in self.kinds.most_common():
                print(f"  {count:>9} {what}")
        print(
            f"{self.compared} cases in {seconds:.0f} s: {self.failed} differ, "
            f"{self.meant_sessions} differ only as meant; replies are in {self.folder}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--old", required=True)
    parser.add_argument("--new", default="")
    parser.add_argument("--sessions", type=int, default=300)
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    parser.add_argument("--meant", type=pathlib.Path, default=MEANT)
    parser.add_argument("--out", type=pathlib.Path, default=streams.ROOT / ".cache/same")
    chosen = parser.parse_args()
    old, new = (streams.check_program(path) for path in (chosen.old, streams.new_program(chosen.new)))
    shutil.rmtree(chosen.out, ignore_errors=True)
    chosen.out.mkdir(parents=True)
    report, start = Report(chosen.out, chosen.meant), time.monotonic()
    with tempfile.TemporaryDirectory(dir=chosen.out) as scratch:
        folder = pathlib.Path(scratch)
        (folder / "sessions").mkdir()
        for case in cases.everything(folder / "sessions", chosen.sessions, chosen.only):
            report.take(case, run(old, case, folder), run(new, case, folder))
    report.end(time.monotonic() - start, not chosen.only)
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
