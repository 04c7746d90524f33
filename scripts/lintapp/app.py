"""The whole app, file by file."""

import json
import re

from spl import conf, reader

from . import keys, savedsearches, studio
from .faults import Faults
from .linter import Linter
from .lookups import Lookups


class App:
    def __init__(self, folder, binary):
        self.folder, self.faults = folder, Faults()
        self.confs = {name: self.read(name) for name in keys.ALLOWED}
        macros = reader.read_macros(self.confs["macros"], self.reporter("macros"))
        tuning_columns = macros["directvm_tuning_columns"][0].split()
        lookups = Lookups(folder, self.confs["transforms"], self.faults, tuning_columns)
        self.linter = Linter(binary, macros, lookups)

    def read(self, name):
        return conf.read(self.folder / "default" / f"{name}.conf", self.reporter(name))

    def reporter(self, name):
        """A function that reports a fault in a line of a conf file."""
        return lambda line, text: self.faults.add(f"{name}.conf:{line}", text)

    def check(self):
        """Returns every fault as a line."""
        for name, stanzas in self.confs.items():
            keys.check(name, stanzas, self.faults)
        savedsearches.check(self.confs["savedsearches"], self.linter, self.faults)
        self.check_examples()
        self.check_event_types()
        self.check_stories()
        for view in sorted((self.folder / "default/data/ui/views").glob("*.xml")):
            self.check_view(view)
        return self.faults.found

    def check_view(self, path):
        studio.check(path, self.linter, self.confs["savedsearches"], self.faults)

    def check_examples(self):
        for stanza in self.confs["searchbnf"].values():
            for key, value in stanza.values.items():
                if re.fullmatch(r"example\d+", key):
                    self.linter.lint(value, self.faults.at(f"searchbnf.conf:{stanza.lines[key]} {key}"))

    def check_event_types(self):
        types = self.confs["eventtypes"]
        for stanza in types.values():
            report = self.faults.at(f"eventtypes.conf:{stanza.line} [{stanza.name}]")
            self.linter.lint(stanza.get("search"), report)
            if "|" in stanza.get("search") or "[" in stanza.get("search"):
                report("an event type has neither pipe nor subsearch")
        for stanza in self.confs["tags"].values():
            name = stanza.name.removeprefix("eventtype=")
            if name not in types:
                self.faults.add(f"tags.conf:{stanza.line}", f"no event type {name}")

    def check_stories(self):
        for stanza in self.confs["analyticstories"].values():
            place = f"analyticstories.conf:{stanza.line} [{stanza.name}]"
            for key in ("references", "maintainers", "searches", "annotations"):
                self.check_story_list(stanza, key, place)
            if stanza.name.startswith("savedsearch://"):
                self.check_named(stanza.name.removeprefix("savedsearch://"), place)

    def check_story_list(self, stanza, key, place):
        if key not in stanza.values:
            return
        try:
            listed = json.loads(stanza.get(key))
        except ValueError as error:
            self.faults.add(place, f"{key} is not valid JSON: {error}")
            return
        for name in listed if key == "searches" else []:
            self.check_named(name, place)

    def check_named(self, name, place):
        if name not in self.confs["savedsearches"]:
            self.faults.add(place, f"no saved search {name!r}")
