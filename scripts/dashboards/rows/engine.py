"""Runs the searches of a view: events through the real command, the rest of the pipe through the interpreter.

What only a live Splunk knows is made up, and named so: `CANNED`.
"""

import json
import pathlib
import re
import tempfile

from standin import events, search

from . import commands, spl
from .value import packed
from .week import NOW

COMMAND = "directvm"


class Engine:
    """One Splunk: events, macros, lookups and the command."""

    def __init__(self, app, launcher, demo, month):
        self.folders = [demo, app / "lookups"]
        self.lookups = spl.read_conf(app / "default/transforms.conf")
        self.launcher = launcher
        self.macros = spl.read_conf(app / "default/macros.conf")
        self.saved = spl.read_conf(app / "default/savedsearches.conf")
        self.rows = [event_row(*entry) for entry in month]
        self.canned = set()
        self.answers = {}

    def run(self, text, earliest=0.0, above=None):
        """Rows of the search; `above` are those that a chain extends."""
        parts = spl.stages(text)
        rows = [] if above is None else [dict(row) for row in above]
        for place, part in enumerate(parts):
            first = place == 0 and above is None and not text.lstrip().startswith("|")
            rows = self.generate(part, earliest) if first else self.stage(part, rows, earliest)
        return rows

    def generate(self, part, earliest):
        """The events that a search begins with: those of the app's macro, or Splunk's own log."""
        if "sourcetype=scheduler" in part:
            self.canned.add("runs of the scheduler")
            return self.scheduler_runs()
        if part != "`directvm_events`":
            raise spl.BadSpl(f"a search begins with {part!r}, not with `directvm_events`")
        spl.expand(part, self.macros)
        return [row for row in reversed(self.rows) if float(row["_time"][0]) >= earliest]

    def stage(self, part, rows, earliest):
        if part.startswith("`"):
            return self.run("| " + spl.expand(part, self.macros).lstrip("| \n"), earliest, rows)
        name, _, rest = re.fullmatch(r"(\w+)(\s*)(.*)", part, re.DOTALL).groups()
        if name == COMMAND:
            return self.command(rows, rest)
        if name == "inputlookup":
            return commands.read_lookup(self.lookup_file(rest.strip()))
        if name == "lookup":
            return commands.lookup(rows, rest, self.lookup_file)
        if name == "append":
            return rows + self.run(rest.strip()[1:-1].strip(), earliest)
        if name == "tstats":
            return self.tstats(rest, earliest)
        if name == "rest":
            self.canned.add("answers of the REST endpoint of saved searches")
            return self.saved_searches()
        if name not in commands.ROWS:
            raise spl.BadSpl(f"no command {name}")
        return commands.ROWS[name](rows, rest)

    def lookup_file(self, name):
        """By the name of its stanza, or by its own; the demonstration's lists come first."""
        file = self.lookups.get(name, {}).get("filename", name)
        found = next((folder / file for folder in self.folders if (folder / file).is_file()), None)
        if not found:
            raise spl.BadSpl(f"no lookup {name}")
        return found

    def command(self, rows, options):
        """The real command, spoken to as splunkd does."""
        key = (options, json.dumps(rows, sort_keys=True))
        if key not in self.answers:
            self.answers[key] = self.ask(rows, options)
        return [dict(row) for row in self.answers[key]]

    def ask(self, rows, options):
        sent = [{name: texts(value) for name, value in row.items()} for row in rows]
        with tempfile.TemporaryDirectory(prefix="rows-") as scratch:
            home = pathlib.Path(scratch).resolve()
            dispatch = home / "dispatch"
            dispatch.mkdir()
            asked = search.Search(launcher=self.launcher, options=options.strip(), rows=sent, home=home, dispatch=dispatch, probes=1)
            merged = search.run(asked)
        return [{name: packed(values) for name, values in row.items() if values} for row in merged]

    def tstats(self, text, earliest):
        """Over all events: that the WHERE is one of the app's own macros is all that is looked at."""
        made, condition, by = re.fullmatch(r"(.*?)\sWHERE\s(.*?)\sBY\s(.*)", text, re.DOTALL).groups()
        spl.expand(condition, self.macros)
        rows = [{name: packed(row[name]) for name in ("_time", "_indextime", "index", "sourcetype")}
                for row in self.rows if float(row["_time"][0]) >= earliest]
        return commands.ROWS["stats"](rows, f"{made} BY {by}")

    def saved_searches(self):
        names = [name for name in self.saved if name.startswith("DirectVM - ")]
        return [{"title": name, "disabled": str(int(place % 4 == 3)), "cron_schedule": self.saved[name].get("cron_schedule", "")}
                for place, name in enumerate(names)]

    def scheduler_runs(self):
        """What the scheduler's log would hold after a week; the second search was skipped twice."""
        rows = []
        for place, row in enumerate(self.saved_searches()):
            for run in range(0 if row["disabled"] == "1" else 60):
                skipped = place == 1 and run in (12, 31)
                rows.append({"savedsearch_name": row["title"], "_time": NOW - run * 900 - 120,
                             "status": "skipped" if skipped else "success", "run_time": 1.2 + place * 0.4 + run % 7 * 0.3})
        return rows


def event_row(moment, event, sourcetype, index):
    row = events.row_of(events.compact(event), event, moment, "sample", "both")
    delay = {"aws": 240, "azure": 420, "gcp": 35}[index]
    return row | {"sourcetype": [sourcetype], "index": [index], "_indextime": [str(round(moment + delay + moment % 120))]}


def texts(value):
    return [str(one) for one in (value if isinstance(value, list) else [value])]
