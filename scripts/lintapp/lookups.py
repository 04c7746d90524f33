"""The app's lookups: transforms.conf, and the columns of the files."""

import csv

RESERVED = {"", "none"}
# Lists that the admin makes: they are not in the package, where an upgrade would replace them.
USERS_LISTS = ("directvm_tuning.csv", "directvm_tuning_seen.csv")


class Lookups:
    def __init__(self, app, transforms, faults, tuning_columns):
        self.columns = dict.fromkeys(USERS_LISTS, tuning_columns)
        folder = app / "lookups"
        for path in sorted(folder.glob("*.csv")):
            if path.name in USERS_LISTS:
                faults.add(path.name, "is the admin's: an upgrade would replace it")
            self.columns[path.name] = self.header(path, faults)
        for stanza in transforms.values():
            name = stanza.get("filename")
            if name not in self.columns:
                faults.add(f"transforms.conf:{stanza.line}", f"[{stanza.name}] file lookups/{name} is missing")
            self.columns[stanza.name] = self.columns.get(name)

    @staticmethod
    def header(path, faults):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        header = rows[0] if rows else []
        if len(set(header)) != len(header) or RESERVED & set(header):
            faults.add(path.name, f"header is empty or repeats a name: {header}")
        for number, row in enumerate(rows[1:], 2):
            if len(row) != len(header):
                faults.add(f"{path.name}:{number}", f"{len(row)} cells, the header has {len(header)}")
        return header

    def get(self, name, report):
        """Returns the columns of a lookup; reports an unknown one and returns None."""
        columns = self.columns.get(name)
        if columns is None:
            report(f"no lookup {name}")
        return columns
