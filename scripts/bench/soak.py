#!/usr/bin/env python3
"""make soak: keeps one instance busy for a long time; its memory, open files and threads must not grow.

Streams of every kind are sent in turn, in lock step as splunkd does. Once each was sent and a while has passed, what the
instance holds is written down; from there on nothing may grow.

usage: soak.py [--seconds N] [--gigabytes N] [--link]     whichever comes first ends it

--link keeps directvmlink busy: it is sent new findings long after it holds as many as it may.
"""

import argparse
import csv
import io
import json
import os
import pathlib
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import drive
import linking
from programs import build

SEED = 20261124
# layout, findings of 100,000 rows, rows, rows a chunk
KINDS = [
    ("wide", 100, 20_000, 20_000),
    ("wide", 5_000, 4_000, 100),
    ("wide", 100_000, 2_000, 1_000),
    ("raw", 5_000, 20_000, 5_000),
    ("slim", 5_000, 100_000, 50_000),
    ("slim", 100_000, 500, 1),
]
WARM_UP = 0.1
# Findings in a chunk for directvmlink, and how many it holds.
LINK_ROWS, MOST_FINDINGS = 50_000, 500_000
# The allocator keeps freed memory in pieces of its own size, so the peak settles slowly.
SLACK = 4 << 20


class Held:
    """Resources of an instance: resident bytes now and at most, open files, threads."""

    def __init__(self, pid):
        fields = {}
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                name, _, value = line.partition(":")
                fields[name] = value.split()
        self.resident = int(fields["VmRSS"][0]) << 10
        self.peak = int(fields["VmHWM"][0]) << 10
        self.threads = int(fields["Threads"][0])
        self.files = len(os.listdir(f"/proc/{pid}/fd"))

    def grown(self, before):
        """Messages about what has grown since."""
        faults = []
        if self.peak > before.peak + SLACK:
            faults.append(f"peak memory from {before.peak >> 10} to {self.peak >> 10} KiB")
        for name in ("files", "threads"):
            if getattr(self, name) > getattr(before, name):
                faults.append(f"{name} from {getattr(before, name)} to {getattr(self, name)}")
        return faults

    def __str__(self):
        return (
            f"{self.resident / 2**20:.1f} MiB resident, {self.peak / 2**20:.1f} at most, "
            f"{self.files} files, {self.threads} threads"
        )


def soak(command, kinds, seconds, most):
    """Returns bytes sent, chunks, seconds taken, resources early and late."""
    child = drive.Child([command])
    buffer = memoryview(bytearray(drive.READ_AT_ONCE))
    child.send(drive.getinfo([]))
    child.reply(buffer)
    start = time.monotonic()
    sent = chunks = 0
    early = None
    while True:
        for stream in kinds:
            for at, end in stream.frames:
                child.send(memoryview(stream.bytes)[at:end])
                child.reply(buffer)
                sent += end - at
                chunks += 1
        part = max((time.monotonic() - start) / seconds, sent / most)
        if early is None and part >= WARM_UP:
            early = Held(child.pid)
        if part >= 1:
            break
    late = Held(child.pid)
    child.end()
    return sent, chunks, time.monotonic() - start, early or late, late


def collected(first, count):
    """A chunk of findings as the app collects them, no two with the same id."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["_time", "_raw"])
    for number in range(first, first + count):
        time_of = 1_750_000_000 + number
        rows.writerow([time_of, json.dumps({
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_of)), "dvm_operation": "aws_ssm_session.start_session",
            "dvm_access": "shell_session", "dvm_cloud": "aws", "dvm_account": "111122223333", "dvm_outcome": "success",
            "dvm_severity": "medium", "dvm_verdict": "report", "dvm_principal": f"arn:aws:iam::111122223333:user/{number % 997}",
            "dvm_target": [f"i-{number % 9973:017x}"], "dvm_session": f"s-{number}", "dvm_event_id": f"e-{number}",
        })])
    return text.getvalue().encode()


def soak_link(command, seconds, most):
    """As `soak`, of directvmlink. Early is when it has been sent a fifth more than it holds."""
    buffer = memoryview(bytearray(drive.READ_AT_ONCE))
    child = linking.opened(command, buffer)
    start, sent, chunks, early = time.monotonic(), 0, 0, None
    while early is None or (time.monotonic() - start < seconds and sent < most):
        frame = linking.frame({"action": "execute", "finished": False}, collected(chunks * LINK_ROWS, LINK_ROWS))
        child.send(memoryview(frame))
        child.reply(buffer)
        sent += len(frame)
        chunks += 1
        if early is None and chunks * LINK_ROWS >= MOST_FINDINGS * 1.2:
            early = Held(child.pid)
    late = Held(child.pid)
    child.end()
    return sent, chunks, time.monotonic() - start, early, late


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--gigabytes", type=float, default=200)
    parser.add_argument("--link", action="store_true")
    chosen = parser.parse_args()
    cache = pathlib.Path(".cache/bench")
    cache.mkdir(parents=True, exist_ok=True)
    command = build("--bin", "directvm")
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        if chosen.link:
            found = soak_link(command, chosen.seconds, chosen.gigabytes * 1e9)
        else:
            peers = build("--bench", "peers")
            kinds = [drive.generated(peers, pathlib.Path(folder), *kind, SEED) for kind in KINDS]
            found = soak(command, kinds, chosen.seconds, chosen.gigabytes * 1e9)
    sent, chunks, seconds, early, late = found
    print(f"soak: {sent / 1e9:.1f} GB in {chunks:,} chunks, {seconds:.0f} s")
    print(f"early: {early}\nlate:  {late}")
    faults = late.grown(early)
    if faults:
        sys.exit(f"soak: its resources have grown: {', '.join(faults)}")


main()
