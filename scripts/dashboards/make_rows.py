#!/usr/bin/env python3
"""Computes the rows of every panel: sample events through the real command, then the panel's own SPL.

usage: make_rows.py APP LAUNCHER OUTPUT.js      writes window.VIEWS = {view: {definition, rows}}

Exit status 1 when a search cannot run, or gives nothing to a panel.
"""

import json
import pathlib
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import week
from engine import Engine
from spl.emulator import functions
from spl.emulator.values import number, text
from spl.reader import SplError

HERE = pathlib.Path(__file__).resolve().parent
DEFINITION = re.compile(r"<definition><!\[CDATA\[(.*)\]\]></definition>", re.DOTALL)
# Inputs that a click on another page sets; all others have their defaults.
CHOSEN = {"investigation": {"actor": "*sam.ortega@example.com"}}


def read_view(path):
    return json.loads(DEFINITION.search(path.read_text(encoding="utf-8"))[1])


def choose(definition, chosen):
    """Sets other defaults in the inputs of a definition."""
    for one in definition["inputs"].values():
        options = one["options"]
        options["defaultValue"] = chosen.get(options["token"], options["defaultValue"])
    return definition


def tokens_of(definition):
    return {one["options"]["token"]: one["options"]["defaultValue"] for one in definition["inputs"].values()}


def filled(query, tokens):
    """Replaces `$token|s$` as Splunk does: in quotes, with the quotes inside escaped."""
    return re.sub(r"\$(\w+)\|s\$", lambda found: '"' + tokens[found[1]].replace("\\", "\\\\").replace('"', '\\"') + '"', query)


def earliest(source, tokens):
    own = source["options"].get("queryParameters", {}).get("earliest")
    return functions.relative_time(week.NOW, own or tokens["global_time"].split(",")[0])


def rows_of(definition, engine):
    """{data source: rows}"""
    tokens, done, sources = tokens_of(definition), {}, definition["dataSources"]

    def run(name):
        if name not in done:
            source = sources[name]
            above = source["options"].get("extend")
            query = filled(source["options"]["query"], tokens)
            start = 0 if above else earliest(source, tokens)
            try:
                done[name] = engine.run(query, start, run(above) if above else None)
            except SplError as fault:
                raise SystemExit(f"{definition['title']}: {name}: {fault}") from fault
        return done[name]

    for name in sources:
        run(name)
    return done


def columns(rows):
    """The form of Splunk's answers: columns of texts, times in ISO 8601."""
    names = list(dict.fromkeys(name for row in rows for name in row))

    def shown(name, value):
        if name == "_time" and number(value) is not None:
            return functions.strftime(value, "%Y-%m-%dT%H:%M:%S.000+00:00")
        return [text(one) for one in value] if isinstance(value, list) else None if value is None else text(value)

    return {"fields": [{"name": name} for name in names], "columns": [[shown(name, row.get(name)) for row in rows] for name in names]}


def empty_panels(title, definition, rows):
    for name, panel in definition["visualizations"].items():
        source = panel.get("dataSources", {}).get("primary")
        if source and not rows[source]:
            yield f"{title}: {name} has no rows"


def installed(launcher, folder):
    """Copies the command into an app folder of its own, with the demonstration's tuning list. Returns its launcher."""
    shutil.copytree(launcher.parent, folder / "bin")
    shutil.copytree(HERE / "demo", folder / "lookups")
    return folder / "bin" / launcher.name


def main(app, launcher, output):
    with tempfile.TemporaryDirectory(prefix="rows-") as scratch:
        command = installed(pathlib.Path(launcher).absolute(), pathlib.Path(scratch).resolve() / "directvm")
        return write(pathlib.Path(app), command, output)


def write(app, command, output):
    engine = Engine(app, command, HERE / "demo", week.month(app / "lookups/directvm_samples.csv"))
    views, faults = {}, []
    for path in sorted((app / "default/data/ui/views").glob("*.xml")):
        definition = choose(read_view(path), CHOSEN.get(path.stem, {}))
        rows = rows_of(definition, engine)
        faults += empty_panels(path.stem, definition, rows)
        shown = {source for part in (*definition["visualizations"].values(), *definition["inputs"].values())
                 for source in part.get("dataSources", {}).values()}
        views[path.stem] = {"definition": definition, "rows": {name: columns(rows[name] if name in shown else []) for name in rows}}
    pathlib.Path(output).write_text(f"window.VIEWS = {json.dumps(views, ensure_ascii=False)};\n", encoding="utf-8")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(views)} views, {sum(len(view['rows']) for view in views.values())} searches; made up: {', '.join(sorted(engine.made_up))}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
