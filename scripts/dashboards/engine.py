"""Runs the searches of a view: events through the real command, the rest of the search through the emulator of SPL.

What only a running Splunk knows is made up: `made_up` names it.
"""

from spl import conf, reader
from spl.emulator.commands import COMMANDS
from spl.emulator.engine import Emulator, Lookup
from spl.emulator.entry import Unsupported
from spl.emulator.values import packed, text
from standin import events
from standin.ask import Commands

from week import NOW

KEPT = ("directvm_events", "directvm_findings")
EVENTS, FINDINGS = (f"search `{name}`" for name in KEPT)
COLLECTOR = "DirectVM - Collect findings"


class Engine:
    """The events, macros, lookups and command of one Splunk."""

    def __init__(self, app, launcher, demo, month):
        self.folders = [demo, app / "lookups"]
        self.lookups = conf.read(app / "default/transforms.conf")
        self.saved = conf.read(app / "default/savedsearches.conf")
        self.commands = Commands(launcher, probes=1)
        self.rows = [event_row(*entry) for entry in month]
        self.earliest = 0.0
        self.made_up = set()
        self.collected = None
        macros = reader.read_macros(conf.read(app / "default/macros.conf"), lambda line, text: None)
        # Their index cannot be searched here.
        reader.start_with(macros, "directvm_transcripts", "transcripts")
        self.emulator = Emulator(NOW, macros, self.lookup, {
            "directvm": self.command, "directvmlink": self.link, "addinfo": self.add_info, "collect": lambda rows, *_: rows,
            "tstats": self.tstats, "rest": self.rest, "transcripts": self.transcripts})

    def run(self, text, earliest=0.0, above=None):
        """Rows of a search; `above` are the rows that a chained search continues."""
        self.earliest = earliest
        if above is not None or text.lstrip().startswith("|"):
            return self.emulator.run(text, above or ())
        first, *others = reader.unrolled(text, self.emulator.macros, KEPT)
        rows = self.generate(first)
        return self.emulator.run("| " + " | ".join(others), rows) if others else rows

    def generate(self, stage):
        """The events that a search begins with: those of the app's macro, or Splunk's own log."""
        if "sourcetype=scheduler" in stage:
            self.made_up.add("runs of the scheduler")
            return self.scheduler_runs()
        if stage == FINDINGS:
            return [row for row in self.findings() if float(text(row["_time"])) >= self.earliest]
        if stage != EVENTS:
            raise Unsupported(f"a search that begins with {stage!r}, not with {EVENTS}")
        return [row for row in reversed(self.rows) if float(row["_time"][0]) >= self.earliest]

    def findings(self):
        """What the collector has written of all events."""
        if self.collected is None:
            start, self.earliest = self.earliest, 0.0
            self.collected = self.run(self.saved[COLLECTOR].get("search"))
            self.earliest = start
        return self.collected

    def transcripts(self, *_):
        """What Session Manager would have streamed of each AWS session."""
        self.made_up.add("transcripts of sessions")
        linked = self.emulator.run("| directvmlink", self.findings())
        sessions = sorted({text(row["dvm_session"]) for row in linked if row.get("dvm_access") == "shell_session" and "dvm_session" in row})
        return [{"_time": NOW, "sessionId": session, "target.id": "", "runAsUser": "ssm-user", "sessionData{}": ["$ sudo -i", "# id", "uid=0(root)"]}
                for session in sessions]

    def link(self, rows, options, _):
        """The second command, which links what it is given."""
        return self.commands.ask("directvmlink", rows, options)

    def lookup(self, name):
        """By the name of its stanza or of its file; the demonstration's files come first."""
        stanza = self.lookups.get(name, conf.Stanza(name, 0))
        file = stanza.get("filename", name)
        found = next((folder / file for folder in self.folders if (folder / file).is_file()), None)
        is_case_sensitive = stanza.get("case_sensitive_match", "true") != "false"
        return found and Lookup(found, is_case_sensitive, int(stanza.get("max_matches", "1000")))

    def command(self, rows, options, _):
        """The command, which judges each row."""
        return self.commands.ask("directvm", rows, options)

    def tstats(self, _rows, text, emulator):
        """Counts all events: the condition behind WHERE is not evaluated."""
        made, _, rest = text.partition(" WHERE ")
        by = rest.rpartition(" BY ")[2]
        rows = [{name: packed(row[name]) for name in ("_time", "_indextime", "index", "sourcetype")}
                for row in self.rows if float(row["_time"][0]) >= self.earliest]
        return COMMANDS["stats"].run(rows, f"{made} BY {by}", emulator)

    def add_info(self, rows, _text, _emulator):
        """The time range of the search."""
        return [row | {"info_min_time": self.earliest, "info_max_time": NOW} for row in rows]

    def rest(self, _rows, _text, _emulator):
        self.made_up.add("answers of the REST endpoint of saved searches")
        return self.saved_searches()

    def saved_searches(self):
        names = [name for name in self.saved if name.startswith("DirectVM - ")]
        return [{"title": name, "disabled": str(int(place % 4 == 3)), "cron_schedule": self.saved[name].get("cron_schedule")}
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
