"""Runs the stages of a search, one after the other."""

import csv
import dataclasses
import pathlib
import re

from .. import reader
from ..reader import SplError
from .commands import COMMANDS
from .entry import Unsupported

STAGE = re.compile(r"(\w+)\s*(.*)", re.DOTALL)


@dataclasses.dataclass
class Lookup:
    """A CSV file, and how it is searched: by default, case matters and up to 1,000 rows match."""

    path: pathlib.Path
    is_case_sensitive: bool = True
    max_matches: int = 1000

    def folded(self, value):
        return value if self.is_case_sensitive else value.lower()

    def require(self, columns):
        """Raises SplError unless the file has the columns."""
        with open(self.path, encoding="utf-8", newline="") as file:
            missing = set(columns).difference(next(csv.reader(file)))
        if missing:
            raise SplError(f"{self.path.name} has no column {', '.join(sorted(missing))}")


class Emulator:
    """`commands` adds to the table of commands, {name: function(rows, arguments, emulator)}; `lookup(name)` returns a
    Lookup; `macros` is what `reader.read_macros` returns; `now` is the time that now() returns, in seconds."""

    def __init__(self, now, macros=None, lookup=None, commands=None):
        self.now = now
        self.macros = macros or {}
        self.find_lookup = lookup
        self.commands = {name: entry.run for name, entry in COMMANDS.items()} | (commands or {})

    def run(self, text, rows=()):
        """Runs a search that begins with a pipe, or continues one that gave `rows`."""
        rows = [dict(row) for row in rows]
        for stage in reader.stages("| " + reader.expand(text, self.macros).strip().removeprefix("|")):
            read = STAGE.fullmatch(stage)
            name = read[1].lower() if read else stage[:40]
            if name not in self.commands:
                raise Unsupported(f"command {name}")
            rows = self.commands[name](rows, read[2], self)
        return rows

    def lookup(self, name):
        found = self.find_lookup(name) if self.find_lookup else None
        if not found:
            raise SplError(f"no lookup {name}")
        return found
