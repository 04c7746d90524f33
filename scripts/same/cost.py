#!/usr/bin/env python3
"""make cost: what a new program takes against an old one.

For each stream: user instructions as callgrind counts them (it runs the AVX2 code at most), the least user time of some
runs in turn, the least user and system time together, and the peak of resident memory; each with the ratio of new to old.
A program against itself differs by up to a quarter in user time where there is little of it: many kernels split user from
system time by ticks. Instructions say more there.

usage: cost.py --old PROGRAM [--new PROGRAM] [--runs N] [--only WORD[,WORD]] [--without-callgrind]
"""

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import typing

sys.dont_write_bytecode = True

import streams

import drive

COLLECTED = re.compile(r"Collected : (\d+)")
# Rows under callgrind, which takes some fifty times as long.
COUNTED = {"wide": 6_000, "slim": 20_000, "raw": 10_000}
# Rows of a chunk where time is measured; a chunk of findings alone is shorter.
CHUNK, CHUNK_OF_FINDINGS = 50_000, 12_500
# Seconds of a measured run: the chunk is sent so often. The kernel splits user from system time by ticks.
RUN = 1.7
ALL = 100_000
SCAN_RATE = 5_000
SCANNED = {"counted": 4_000, "timed": 120_000}


@dataclasses.dataclass
class Usage:
    """Of one run: seconds of user time, seconds of user and system time, and bytes."""

    user: float
    cpu: float
    peak: int


@dataclasses.dataclass
class Line:
    """A line of the table: how to count instructions, and how to run for time and memory; each takes a program."""

    name: str
    count: typing.Callable
    measure: typing.Callable


def instructions(command, requests):
    """User instructions of one run, all threads together."""
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    child = subprocess.Popen(tool, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, said = child.communicate(requests)
    found = COLLECTED.search(said.decode(errors="replace"))
    if child.returncode != 0 or not found:
        sys.exit(f"cost: {' '.join(command)} failed under valgrind:\n{said.decode(errors='replace')}")
    return int(found[1])


def usage_of_file_command(command):
    """Memory is sampled while it runs: ru_maxrss also counts this program's own pages, from before the exec."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
            sizes = [int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:")]
        peak = max([peak, *sizes])
        time.sleep(0.001)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"cost: {' '.join(command)} ended with status {child.returncode}")
    return Usage(usage.ru_utime, usage.ru_utime + usage.ru_stime, peak)


def lines(generator, folder):
    """The lines of the table; the streams of each exist only until the next one is asked for."""
    yield getinfo_line()
    yield scan_line(generator, folder)
    for layout, rows in COUNTED.items():
        for rate in streams.RATES:
            counted = streams.stream(generator, folder, layout, rate, rows, rows)
            chunk = CHUNK_OF_FINDINGS if rate == ALL else CHUNK
            timed = streams.stream(generator, folder, layout, rate, chunk + 1, chunk)
            # The last frame is the one that is finished.
            timed.frames.pop()
            options = [streams.ARGUMENTS[layout]]
            if (layout, rate) == ("wide", streams.RATES[0]):
                options.append(["mode=filter"])
            for arguments in options:
                name = " ".join([streams.title(layout, rate), *arguments])
                yield session_line(name, arguments, counted, timed)


def getinfo_line():
    request = drive.getinfo([])

    def measure(program):
        # Memory of the instance while it waits for the next request; its time is too short to be measured alone.
        children = []
        user = cpu = 0.0
        for _ in range(100):
            child = drive.Child([program])
            child.send(memoryview(request))
            child.reply(memoryview(bytearray(1 << 20)))
            children.append(child.peak())
            usage = child.end()
            user += usage.ru_utime
            cpu += usage.ru_utime + usage.ru_stime
        return Usage(user, cpu, max(children))

    return Line("getinfo", lambda program: instructions([program], request), measure)


def scan_line(generator, folder):
    paths = {}
    for use, rows in SCANNED.items():
        (folder / use).mkdir()
        paths[use] = str(streams.records(generator, folder / use, SCAN_RATE, rows))
    command = ["scan", "--no-progress", "--threads", "1", "--format", "jsonl"]
    return Line(
        f"scan of gzip, {SCAN_RATE / 1000:g}%",
        lambda program: instructions([program, *command, paths["counted"]], b""),
        lambda program: usage_of_file_command([program, *command, paths["timed"]]),
    )


def session_line(name, arguments, counted, timed):
    timed = Repeated(timed)

    def measure(program):
        if len(timed.frames) == 1:
            wall = drive.run([program], arguments, timed).wall
            timed.frames *= max(2, round(RUN / wall))
        run = drive.run([program], arguments, timed)
        return Usage(run.user, run.cpu, run.peak)

    return Line(name, lambda program: instructions([program], drive.getinfo(arguments) + counted.bytes[:]), measure)


class Repeated:
    """The first chunk of a stream, which is sent many times over."""

    def __init__(self, stream):
        self.bytes = stream.bytes
        self.frames = stream.frames[:1]


def compare(line, programs, runs, with_callgrind):
    """The cells of a line of the table."""
    row = [line.name]
    if with_callgrind:
        old, new = (line.count(program) for program in programs.values())
        row += [f"{old / 1e6:.1f}", f"{new / 1e6:.1f}", f"{new / old:.3f}"]
    measured = {name: lambda program=program: line.measure(program) for name, program in programs.items()}
    found = drive.in_turn(measured, runs)
    for field in ("user", "cpu"):
        old, new = (min(getattr(usage, field) for usage in usages) for usages in found.values())
        row += [f"{old:.3f}", f"{new:.3f}", f"{new / max(old, 1e-9):.3f}"]
    old, new = (max(usage.peak for usage in usages) / 2**20 for usages in found.values())
    return [*row, f"{old:.1f}", f"{new:.1f}", f"{new / old:.3f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--old", required=True)
    parser.add_argument("--new", default="")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    parser.add_argument("--without-callgrind", action="store_true")
    chosen = parser.parse_args()
    old, new = (streams.check_program(path) for path in (chosen.old, streams.new_program(chosen.new)))
    cache = streams.ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    start = time.monotonic()
    heads = ["stream"]
    groups = [] if chosen.without_callgrind else ["instructions, millions"]
    for group in [*groups, f"user s, least of {chosen.runs}", "user and system s, least", "peak MiB"]:
        heads += [f"{group}: old", "new", "new / old"]
    generator = streams.peers()
    print(f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}", flush=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        for line in lines(generator, pathlib.Path(folder)):
            if not chosen.only or any(word in line.name for word in chosen.only):
                cells = compare(line, {"old": old, "new": new}, chosen.runs, not chosen.without_callgrind)
                print(f"| {' | '.join(cells)} |", flush=True)
    print(f"\n{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
