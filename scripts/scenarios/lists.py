"""The watches on the tuning list, on lists as an admin changes them."""

import csv
import tempfile
import pathlib

from spl.emulator.engine import Emulator, Lookup

CHANGED = "Watch - The tuning list changed"
WIDE = "Watch - The tuning list has wide rules"
SEARCHES = (CHANGED, WIDE)
NARROW = {"id": "patching", "action": "expect", "principal": "arn:aws:sts::111122223333:assumed-role/Patching", "document": "AWS-RunPatchBaseline"}
BY_DOCUMENT = {"id": "by-document", "action": "suppress", "document": "AWS-RunShellScript"}
RAISING = {"id": "raising", "action": "severity", "value": "critical", "document": "AWS-RunShellScript"}
# What the admin's list holds at each turn, and what the watch on changes then says.
TURNS = (
    ([], []),
    ([NARROW], [("added", "patching")]),
    ([NARROW], []),
    ([NARROW, BY_DOCUMENT], [("added", "by-document")]),
    ([NARROW | {"principal": "*"}, BY_DOCUMENT], [("added", "patching"), ("removed", "patching")]),
    ([BY_DOCUMENT], [("removed", "patching")]),
    ([BY_DOCUMENT], []),
)
# Rules, and whether the watch names them as wide.
RULES = ((NARROW, False), (BY_DOCUMENT, True), (RAISING, False), (BY_DOCUMENT | {"enabled": "no"}, False),
         (BY_DOCUMENT | {"src": "203.0.113.0/24"}, False), ({"id": "all", "action": "EXPECT"}, True))


class Admin:
    """The lists of an admin in a folder of their own, and the searches on them."""

    def __init__(self, app, folder, now):
        self.app, self.folder = app, pathlib.Path(folder)
        self.emulator = Emulator(now, app.macros, self.lookup)

    def lookup(self, name):
        stanza = self.app.transforms.get(name)
        return Lookup(self.folder / (stanza.get("filename") if stanza else name))

    def create(self):
        self.emulator.run("| `directvm_create_tuning_list`")

    def write(self, rules):
        """Replaces all rules but the example."""
        path = self.folder / "directvm_tuning.csv"
        with open(path, encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            kept = [row for row in rows if row["id"] == "example"]
            columns = rows.fieldnames
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(kept + rules)

    def rows(self, search):
        return self.emulator.run(self.app.searches[f"DirectVM - {search}"].get("search"))


def faults(app, now):
    """What the watches say that they should not, and do not say that they should."""
    with tempfile.TemporaryDirectory() as folder:
        admin = Admin(app, folder, now)
        admin.create()
        for number, (rules, wanted) in enumerate(TURNS):
            admin.write(rules)
            said = sorted((row["change"], row["id"]) for row in admin.rows(CHANGED))
            if said != wanted:
                yield f"{CHANGED}: turn {number} says {said}, not {wanted}"
        for rule, is_wide in RULES:
            admin.write([rule])
            if bool(admin.rows(WIDE)) != is_wide:
                yield f"{WIDE}: {rule} is{'' if is_wide else ' not'} wide"
