#!/usr/bin/env python3
"""make bench: measures the command against its peers and prints the table of ratios.

Every ratio comes from runs in turn (A B A B, the order swapped each time): the median of the pairs' ratios, with the
least and the greatest. Streams are made anew from a fixed seed and removed again.

usage: bench.py [--pairs N] [--only WORD[,WORD]] [--out FOLDER]
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import drive
import linking
from programs import Programs

SEED = 20260314
ARGUMENTS = {"wide": [], "asked": [], "raw": ["input=raw"], "slim": ["input=fields"]}
ROWS = {"wide": 100_000, "asked": 50_000, "raw": 100_000, "slim": 400_000}
MEANING = {
    "wide": "60 columns with _raw, and their twins",
    "asked": "every column that input=auto asks for",
    "raw": "what input=raw asks for",
    "slim": "12 columns without _raw, input=fields",
}


class Bench:
    def __init__(self, pairs, only, folder):
        self.pairs = pairs
        self.only = only
        self.folder = folder
        self.programs = Programs(folder)
        self.rows = []

    def wanted(self, topic):
        return not self.only or topic in self.only

    def stream(self, layout, rate, rows=None, chunk=50_000):
        peers, rows = self.programs.peers, rows or ROWS[layout]
        return drive.generated(peers, self.folder, layout, rate, rows, chunk, SEED)

    def in_turn(self, runs, pairs=None):
        return drive.in_turn(runs, pairs or self.pairs)

    def measure(self, stream, commands, pairs=None):
        runs = {
            name: lambda command=command, arguments=arguments: drive.run(command, arguments, stream)
            for name, (command, arguments) in commands.items()
        }
        return self.in_turn(runs, pairs)

    def add(self, measure, bar, over, under, what="wall"):
        value = what if callable(what) else lambda run: getattr(run, what)
        ratios = [value(a) / value(b) for a, b in zip(over, under)] if under else [value(a) for a in over]
        row = {
            "measure": measure,
            "bar": bar,
            "median": statistics.median(ratios),
            "min": min(ratios),
            "max": max(ratios),
            "pairs": len(ratios),
        }
        sign, limit = bar.split() if bar else ("≤", "inf")
        row["met"] = row["median"] <= float(limit) if sign == "≤" else row["median"] >= float(limit)
        self.rows.append(row)
        print(shown(row), flush=True)

    def note(self, name, runs):
        median = {field: statistics.median(getattr(run, field) for run in runs) for field in ("wall", "user", "system")}
        peak = max(run.peak for run in runs) / 2**20
        print(
            f"<!-- {name}: wall {median['wall']:.3f} s, user {median['user']:.3f} s, "
            f"system {median['system']:.3f} s, peak {peak:.1f} MiB -->",
            flush=True,
        )

    def against_echo(self):
        bars = {
            ("wide", 100): "≤ 0.85", ("slim", 100): "≤ 1.15", ("raw", 100): "≤ 1.15", ("asked", 100): None,
            ("wide", 5_000): "≤ 1.2", ("slim", 5_000): "≤ 1.2", ("raw", 5_000): "≤ 1.2",
            ("wide", 100_000): "≤ 3", ("slim", 100_000): "≤ 3", ("raw", 100_000): "≤ 3",
        }  # fmt: skip
        for (layout, rate), bar in bars.items():
            rows = ROWS[layout] // (2 if rate == 100_000 else 1)
            stream = self.stream(layout, rate, rows)
            commands = {
                "directvm": ([self.programs.command], ARGUMENTS[layout]),
                "echo": ([self.programs.peers, "echo"], []),
            }
            if (layout, rate) == ("wide", 100):
                commands["filter"] = ([self.programs.command], ["mode=filter"])
            found = self.measure(stream, commands)
            title = f"{layout}, {rate / 1000:g} % findings"
            for name, runs in found.items():
                self.note(f"{title}: {name}", runs)
            self.add(f"{title}: wall against echo", bar, found["directvm"], found["echo"])
            if "filter" in found:
                self.add("`mode=filter`, wide, 0.1 %: wall against echo", "≤ 0.6", found["filter"], found["echo"])
                whole = [run.cpu for run in found["echo"]]
                user = [run.user for run in found["directvm"]]
                pairs = [Pair(a, b) for a, b in zip(user, whole)]
                self.add("user CPU, wide, 0.1 %, against echo's whole CPU", "≤ 0.25", pairs, None, Pair.ratio)
                peak = [Pair(run.peak - (16 << 20), stream.largest) for run in found["directvm"]]
                self.add("(peak memory − 16 MiB) against the largest request, wide", "≤ 1.15", peak, None, Pair.ratio)

    def against_peers(self):
        for layout, rows, chunk, bar in [("wide", 20_000, 10_000, "≥ 40"), ("slim", 60_000, 10_000, "≥ 45")]:
            for rate in (100, 5_000):
                stream = self.stream(layout, rate, rows, chunk)
                title = f"{layout}, {rate / 1000:g} %"
                commands = {
                    "directvm": ([self.programs.command], ARGUMENTS[layout]),
                    "records": ([self.programs.peers, "records"], ARGUMENTS[layout]),
                    "csv": (self.programs.python_csv, []),
                }
                if self.programs.sdk:
                    commands["sdk"] = (self.programs.sdk, [])
                self.check_alike(stream, commands, title)
                found = self.measure(stream, commands)
                for name, runs in found.items():
                    self.note(f"{title}: {name}", runs)
                ours = found["directvm"]
                if "sdk" in found:
                    self.add(f"{title}: the Python SDK takes, times ours", bar, found["sdk"], ours)
                self.add(f"{title}: Python's csv module takes, times ours", None, found["csv"], ours)
                self.add(f"{title}: the same command on `csv` records takes, times ours", "≥ 3", found["records"], ours)

    def check_alike(self, stream, commands, title):
        """The replies of the first chunk must be the same; the peers in Python must name the same operations."""
        files = {}
        for name, (command, arguments) in commands.items():
            files[name] = self.folder / f"replies-{name}"
            with open(files[name], "wb") as keep:
                drive.run(command, arguments, stream, keep, frames=1)
        for name in list(commands)[1:]:
            column = [] if name == "records" else ["dvm_operation"]
            compare = [self.programs.peers, "compare", files["directvm"], files[name], *column]
            said = subprocess.run([str(word) for word in compare], capture_output=True, text=True, check=False)
            if said.returncode != 0:
                sys.exit(f"bench: {title}: {name} gives another answer: {said.stderr.strip()}")
        for file in files.values():
            file.unlink()

    def small_chunks(self):
        for layout, rows in [("wide", 50_000), ("slim", 200_000)]:
            many = self.stream(layout, 100, rows, 100)
            few = self.stream(layout, 100, rows, 50_000)
            command = [self.programs.command]
            echo = [self.programs.peers, "echo"]
            runs = {
                "many": lambda: drive.run(command, ARGUMENTS[layout], many),
                "few": lambda: drive.run(command, ARGUMENTS[layout], few),
                "echo many": lambda: drive.run(echo, [], many),
                "echo few": lambda: drive.run(echo, [], few),
            }
            found = self.in_turn(runs)
            self.add(f"{layout}: the same ratio for echo itself", None, found["echo few"], found["echo many"])
            self.add(
                f"{layout}: throughput in chunks of 100 rows against 50,000", "≥ 0.8", found["few"], found["many"]
            )

    def memory(self):
        stream = self.stream("wide", 5_000, 100_000, 100)
        command = [self.programs.command]
        runs = {
            "1000": lambda: drive.run(command, [], stream),
            "10": lambda: drive.run(command, [], stream, frames=10),
        }
        found = self.in_turn(runs, 3)
        self.add("peak memory after 1,000 chunks against 10", "≤ 1.05", found["1000"], found["10"], "peak")

    def linking(self):
        stream = self.stream("slim", 100_000, 100_000, 50_000)
        _, chunks = linking.findings([self.programs.command], ["input=fields"], stream, self.folder / "findings")
        runs = {
            "directvm": lambda: drive.run([self.programs.command], ["input=fields"], stream),
            "directvmlink": lambda: linking.link(self.programs.command, chunks),
        }
        found = self.in_turn(runs)
        self.add("100,000 findings linked, against making them", None, found["directvmlink"], found["directvm"])
        wall = min(run.wall for run in found["directvmlink"])
        peak = max(run.peak for run in found["directvmlink"])
        print(f"<!-- 100,000 findings linked: {wall:.2f} s, {peak / 2**20:.0f} MiB -->")

    def start_up(self):
        request = drive.getinfo([])
        runs = {
            "binary": lambda: drive.first_answer([self.programs.command], request, True),
            "launcher": lambda: drive.first_answer([self.programs.launcher()], request, True),
            "cat": lambda: drive.first_answer(["/bin/cat"], b"a line\n", False),
        }
        found = self.in_turn(runs, max(40, self.pairs))
        itself = lambda seconds: seconds
        self.add("getinfo answered, against `/bin/cat`: binary", "≤ 1.2", found["binary"], found["cat"], itself)
        self.add("getinfo answered, against `/bin/cat`: launcher", "≤ 3.5", found["launcher"], found["cat"], itself)

    def run(self):
        topics = {
            "echo": self.against_echo, "peers": self.against_peers, "chunks": self.small_chunks,
            "memory": self.memory, "link": self.linking, "start": self.start_up,
        }  # fmt: skip
        start = time.monotonic()
        for topic, measure in topics.items():
            if self.wanted(topic):
                measure()
        print(f"<!-- {time.monotonic() - start:.0f} s -->")


class Pair:
    """Two numbers that are not the same field of two runs."""

    def __init__(self, over, under):
        self.over, self.under = over, under

    def ratio(self):
        return self.over / max(self.under, 1e-9)


def shown(row):
    mark = "" if row["bar"] is None else ("yes" if row["met"] else "**no**")
    span = f"{row['median']:.2f} ({row['min']:.2f}–{row['max']:.2f})"
    return f"| {row['measure']} | {row['bar'] or ''} | {span} | {row['pairs']} | {mark} |"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "unknown CPU")
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, {time.strftime('%Y-%m-%d')}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(".cache/bench"))
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=chosen.out) as folder:
        bench = Bench(chosen.pairs, chosen.only, pathlib.Path(folder))
        print(f"{machine()}\n")
        for name, meaning in MEANING.items():
            print(f"- {name}: {meaning}")
        print("\n| measure | bar | median (min–max) | pairs | met |\n| --- | --- | --- | --- | --- |")
        bench.run()
    report = {"machine": machine(), "rows": bench.rows}
    (chosen.out / "results.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


main()
