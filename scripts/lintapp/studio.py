"""Dashboard Studio views: the searches in them, tokens, and what extends what."""

import json
import re

from . import tokens

DEFINITION = re.compile(r"<definition>\s*<!\[CDATA\[(.*?)\]\]>\s*</definition>", re.DOTALL)
CLOSED_INPUTS = {"input.dropdown", "input.multiselect", "input.timerange", "input.number"}


def read(path, faults):
    """The definition in a view or a bare JSON file; nothing for a view of another kind."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".json":
        found = DEFINITION.search(text)
        if not found:
            return None
        text = found[1]
    try:
        return json.loads(text)
    except ValueError as error:
        faults.add(path.name, f"definition is not JSON: {error}")
        return None


class View:
    def __init__(self, path, definition, linter, searches, faults):
        self.path, self.linter, self.searches, self.faults = path, linter, searches, faults
        self.definition = definition
        self.sources = definition.get("dataSources", {})
        self.flows = {}
        self.values, self.closed = self.read_tokens()

    def read_tokens(self):
        """Token -> its first value; the tokens whose values are not typed by hand."""
        values = {name: token.get("value") for name, token in
                  self.definition.get("defaults", {}).get("tokens", {}).get("default", {}).items()}
        closed = set()
        for entry in self.definition.get("inputs", {}).values():
            options = entry.get("options", {})
            name = options.get("token")
            values.setdefault(name, options.get("defaultValue"))
            if entry.get("type") in CLOSED_INPUTS:
                closed.add(name)
        for token in self.set_by_click(self.definition):
            values.setdefault(token, None)
        return values, closed

    def set_by_click(self, part):
        """Names of tokens that event handlers set, wherever they stand."""
        if isinstance(part, dict):
            if part.get("type") == "drilldown.setToken":
                yield from (entry.get("token") for entry in part.get("options", {}).get("tokens", []))
            part = list(part.values())
        if isinstance(part, list):
            for child in part:
                yield from self.set_by_click(child)

    def check(self):
        for name in self.sources:
            self.flow(name, ())
        for name, visualization in self.definition.get("visualizations", {}).items():
            for source in visualization.get("dataSources", {}).values():
                if source not in self.sources:
                    self.report(name)(f"data source {source} is missing")

    def report(self, name):
        return self.faults.at(f"{self.path.name} {name}")

    def flow(self, name, stack):
        """The fields that a data source gives; linted once."""
        if name in self.flows:
            return self.flows[name]
        self.flows[name] = None
        source, report = self.sources[name], self.report(name)
        options = source.get("options", {})
        if source.get("type") == "ds.savedSearch" and options.get("ref") not in self.searches:
            report(f"no saved search {options.get('ref')!r}")
        if not isinstance(options.get("query"), str):
            return None
        self.check_tokens(options["query"], report)
        query = tokens.fill(options["query"], self.values)
        if source.get("type") == "ds.chain":
            self.flows[name] = self.chained(options.get("extend"), query, report, (*stack, name))
        else:
            self.flows[name] = self.linter.lint(query, report)
        return self.flows[name]

    def chained(self, base, query, report, stack):
        if base not in self.sources or base in stack:
            report(f"extends {base}, which is missing or extends it in turn")
            return None
        flow = self.flow(base, stack)
        if flow is None:
            return None
        flow = flow.copy()
        flow.report = report
        return self.linter.lint(query, report, flow)

    def check_tokens(self, query, report):
        for name, how in tokens.used(query):
            if name not in self.values and name.split(".")[0] not in self.values:
                report(f"token ${name}$ is set nowhere")
            elif how != "|s" and name.split(".")[0] not in self.closed:
                report(f"token ${name}$ is used without |s")


def check(path, linter, searches, faults):
    definition = read(path, faults)
    if definition is not None:
        View(path, definition, linter, searches, faults).check()
