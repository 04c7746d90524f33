#!/usr/bin/env python3
"""Runs the app's searches on stories: raw events are collected by the real command, linked by the real command, and each
alert and hunt goes through the emulator of SPL. A story names the searches that it must raise; all others must stay silent.

usage: run.py PROGRAM APP
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import lists
import stories
from spl import conf, reader
from spl.emulator.engine import Emulator, Lookup
from spl.emulator.entry import Unsupported
from standin import events
from standin.ask import Commands
from standin.events import compact

COLLECTOR = "DirectVM - Collect findings"
EVENTS, FINDINGS = "directvm_events", "directvm_findings"
INTERNAL = "search index=_internal source=*metrics.log* group=thruput name=thruput"
PEERS = "DirectVM - Watch - The command fails on an indexer"
# Searches that no story of events can raise.
WITHOUT_EVENTS = ("Self test", "Collect ", "State - ")


class App:
    """The searches and macros of the app, and the two commands."""

    def __init__(self, program, folder):
        self.commands, self.folder = Commands(program), folder
        self.searches = conf.read(folder / "default/savedsearches.conf")
        self.transforms = conf.read(folder / "default/transforms.conf")
        self.macros = reader.read_macros(conf.read(folder / "default/macros.conf"), lambda line, text: None)
        # Their index cannot be searched here: its events come from the story.
        reader.start_with(self.macros, "directvm_transcripts", "transcripts")

    def run(self, name, story, rows):
        """Rows that a saved search has on the rows that its first macro stands for."""
        emulator = Emulator(story.now, self.macros, self.lookup, {
            "tstats": lambda given, options, _: process_rows(story, options),
            "rest": lambda *_: [{"peerName": name, "status": status} for name, status in story.peers],
            "iplocation": lambda given, options, _: located(given, options.strip()),
            "transcripts": lambda given, options, _: transcript_rows(story),
            "directvm": lambda given, options, _: self.commands.ask("directvm", given, options),
            "directvmlink": lambda given, options, _: self.commands.ask("directvmlink", given, options),
            "collect": lambda given, _options, _: given,
        })
        first, *others = reader.unrolled(self.searches[name].get("search"), self.macros, (EVENTS, FINDINGS))
        if first not in (f"search `{EVENTS}`", f"search `{FINDINGS}`", INTERNAL):
            raise Unsupported(f"{name} begins with {first}")
        return emulator.run("| " + " | ".join(others), rows)

    def lookup(self, name):
        path = self.folder / "lookups" / self.transforms[name].get("filename") if name in self.transforms else None
        return path and Lookup(path)


def located(rows, field):
    """Countries of the documentation's networks, as iplocation adds them."""
    countries = {"198.51.100.": "Sweden", "203.0.113.": "Brazil"}
    found = [next((name for start, name in countries.items() if str(row.get(field, "")).startswith(start)), None) for row in rows]
    return [row | ({"Country": name} if name else {}) for row, name in zip(rows, found)]


def moment(time):
    """Seconds of a time of day of the stories."""
    return events.event_time({"eventTime": f"2026-05-02T{time}Z"}, 0)


def process_rows(story, options):
    """What tstats gives of the data model Endpoint: one row a process, those that hold a word of the condition."""
    wanted = [word.strip("*").split("*") for word in re.findall(r'process="([^"]*)"', options)]
    span = 60 * int(re.search(r"_time span=(\d+)m", options)[1])
    groups = {}
    for time, host, user, process, parent in story.processes:
        texts_of = (process, parent)
        if any(re.search(".*".join(re.escape(part) for part in word), one) for word in wanted for one in texts_of):
            groups.setdefault((moment(time) // span * span, host, user, process, parent), []).append(moment(time))
    names = ("_time", "Processes.dest", "Processes.user", "Processes.process", "Processes.parent_process")
    return [dict(zip(names, group)) | {"started": min(times), "count": len(times)} for group, times in groups.items()]


def transcript_rows(story):
    """The events of Session Manager's transcripts, as Splunk extracts their fields."""
    return [{"_time": story.now, "sessionId": session, "target.id": machine, "runAsUser": user, "sessionData{}": lines}
            for session, machine, user, lines in story.transcripts]


def rows_of(story):
    """The events as an index has them."""
    texts_of = [compact(event)[:story.cut or None] for event in story.events]
    return [events.row_of(text, event, events.event_time(event, story.now), "story", "raw") for text, event in zip(texts_of, story.events)]


def raised(app, story):
    """{search: rows} of every search that has rows for the story."""
    findings = app.run(COLLECTOR, story, rows_of(story))
    names = [name for name in app.searches if name.startswith("DirectVM - ")]
    found = {}
    for name in names:
        short = name.removeprefix("DirectVM - ")
        if short.startswith(WITHOUT_EVENTS) or short in (stories.NOT_RUN, *lists.SEARCHES) or name == PEERS:
            continue
        rows = app.run(name, story, findings)
        if rows:
            found[short] = rows
    return found


def peer_faults(app):
    """Whether the watch of the indexers has its row just where each listed one has judged a sample."""
    for judged, listed, wanted in stories.PEERS:
        story = stories.Story("peers", [], [], peers=[(name, "Up") for name in listed])
        rows = app.run(PEERS, story, [{"_time": str(story.now), "splunk_server": name, "_raw": "x"} for name in judged])
        if bool(rows) != wanted:
            yield f"{judged} judged, {listed} listed: {rows}"


def faults(app):
    """What is not as the stories say, a line each; and the searches that were raised."""
    lines = [*peer_faults(app), *lists.faults(app, stories.NOW)]
    seen = {PEERS.removeprefix("DirectVM - "), *lists.SEARCHES}
    for story in stories.ALL:
        found = raised(app, story)
        hunts = {name for name in found if name.startswith(stories.ALWAYS) and name not in story.silent}
        seen |= set(found)
        for name in sorted(set(story.raises) - set(found)):
            lines.append(f"{story.name}: {name} is not raised")
        for name in sorted(set(found) - set(story.raises) - hunts):
            lines.append(f"{story.name}: {name} is raised: {found[name][0].get('dvm_summary', found[name][0])}")
        for name, rows in found.items():
            targets = [one for row in rows for one in texts(row.get("dest"))]
            lines += [f"{story.name}: {name} has the risk object {one}" for one in targets if "=" in one or "*" in one]
        for name, wanted in story.rows.items():
            held = [{field: row.get(field) for field in wanted[0]} for row in found.get(name, [])]
            if sorted(map(str, held)) != sorted(map(str, wanted)):
                lines.append(f"{story.name}: {name} holds {held}, not {wanted}")
        for name, text in story.says.items():
            title = filled(app.searches[f"DirectVM - {name}"].get("action.notable.param.rule_title"), found.get(name, [{}])[0])
            if title != text:
                lines.append(f"{story.name}: {name} is titled {title!r}, not {text!r}")
    return lines, seen


def texts(value):
    """The values of a field."""
    return value if isinstance(value, list) else [] if value is None else [value]


def filled(title, row):
    """The title with the fields of a row, as Enterprise Security fills it."""
    return re.sub(r"\$(\w+)\$", lambda found: str(row.get(found[1], found[0])), title)


def main(program, folder):
    app = App(pathlib.Path(program).resolve(), pathlib.Path(folder))
    lines, seen = faults(app)
    wanted = [name.removeprefix("DirectVM - ") for name in app.searches]
    missing = [name for name in wanted if name not in seen and not name.startswith(WITHOUT_EVENTS) and name != stories.NOT_RUN]
    lines += [f"no story raises {name}" for name in missing]
    print("\n".join([*lines, f"{len(stories.ALL)} stories, {len(seen)} searches raised: {len(lines)} faults"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
