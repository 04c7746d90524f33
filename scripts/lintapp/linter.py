"""Lints searches: expands macros, follows fields from stage to stage, asks the program to check its options."""

import json
import re
import subprocess

from spl import reader

from . import aggregate, flow as fields

COMMANDS = {
    "directvm": fields.command, "directvmlink": fields.link, "search": fields.search, "where": fields.where, "eval": fields.evaluate,
    "table": fields.table, "fields": fields.select, "rename": fields.rename, "rex": fields.rex, "sort": fields.sort,
    "bin": fields.span, "bucket": fields.span, "top": fields.top, "rare": fields.top,
    "inputlookup": fields.input_lookup, "outputlookup": fields.output_lookup, "lookup": fields.lookup,
    "append": fields.combine, "appendcols": fields.combine, "join": fields.combine, "appendpipe": fields.append_pipe,
    "iplocation": fields.locate, "return": fields.give_back, "makeresults": fields.make_results, "addinfo": fields.add_info,
    "stats": aggregate.stats, "eventstats": aggregate.add_stats, "streamstats": aggregate.add_stats,
    "chart": aggregate.chart, "timechart": aggregate.chart, "tstats": aggregate.tstats,
}
COMMANDS |= dict.fromkeys("fillnull filldown dedup mvexpand makemv nomv mvcombine".split(), fields.on_fields)
COMMANDS |= dict.fromkeys("head tail reverse collect noop".split(), fields.nothing)
COMMANDS |= dict.fromkeys(
    "from datamodel rest savedsearch loadjob metadata spath transpose xyseries untable foreach addtotals".split(),
    fields.unknown_events,
)
STAGE = re.compile(r"(\w+)\b\s*(.*)", re.DOTALL)
COMPARED = re.compile(r'\b(dvm_\w+)\s*!?==?\s*"?(\w[\w*]*)')
LISTED = re.compile(r"\bin\(\s*(dvm_\w+)\s*,([^()]*)\)|\b(dvm_\w+)\s+in\s*\(([^()]*)\)", re.IGNORECASE)
LISTED_WORD = re.compile(r'"?([\w*]+)"?')


class Linter:
    def __init__(self, binary, macros, lookups):
        self.binary, self.macros, self.lookups = str(binary), macros, lookups
        self.checked = {}
        self.schema = self.read_schema()

    def read_schema(self):
        """Returns {name: group} of each field that the command declares; remembers the allowed values of those that list them."""
        printed = subprocess.run([self.binary, "schema"], check=True, capture_output=True, text=True).stdout
        schema = json.loads(printed)
        declared = schema["fields"] + schema["link"]["fields"]
        self.words = {field["name"]: set(field["values"]) for field in declared if field["values"]}
        return {field["name"]: field["group"] for field in declared}

    def check_options(self, words, report, command="directvm"):
        options = tuple(re.sub(r'=\s*"(.*)"$', r"=\1", word) for word in words)
        asked = (command, options)
        if asked not in self.checked:
            which = ["--link"] if command == "directvmlink" else []
            done = subprocess.run([self.binary, "options", *which, "--", *options], capture_output=True, text=True, check=False)
            self.checked[asked] = done.stderr.strip() if done.returncode else ""
        if self.checked[asked]:
            report(f"{command} {' '.join(options)}: {self.checked[asked]}")

    def lint(self, text, report, flow=None):
        """Returns the fields at the end of a search, or None where the search cannot be read."""
        try:
            expanded = reader.expand(text, self.macros)
            if flow is not None:
                return self.follow_stages(reader.stages("| " + expanded.strip().removeprefix("|")), flow)
            return self.follow(expanded, report)
        except reader.SplError as error:
            report(str(error))
            return None

    def follow(self, text, report):
        return self.follow_stages(reader.stages(text), fields.Flow(report))

    def follow_stages(self, stages, flow):
        for stage in stages:
            self.stage(stage, flow)
        return flow

    def check_words(self, text, report):
        """Reports a field with listed values that is compared with another value."""
        compared = [(name, [word]) for name, word in COMPARED.findall(text)]
        compared += [(name, LISTED_WORD.findall(words)) for pair in LISTED.findall(text) for name, words in [pair[:2], pair[2:]]]
        for name, words in compared:
            for word in words:
                if name in self.words and "*" not in word and word not in self.words[name]:
                    report(f"{name} is never {word!r}")

    def stage(self, text, flow):
        self.check_words(text, flow.report)
        found = STAGE.fullmatch(text)
        follow = COMMANDS.get(found[1].lower()) if found else None
        if follow is None:
            flow.report(f"unknown command: {text[:40]}")
            return
        rest = found[2]
        if follow not in (fields.combine, fields.append_pipe):
            rest, inner = reader.subsearches(rest)
            for search in inner:
                self.follow(search, flow.report)
        follow(flow, rest, self)
