"""Reads a Splunk conf file: stanzas, keys, continued lines."""

import dataclasses


@dataclasses.dataclass
class Stanza:
    name: str
    line: int
    values: dict = dataclasses.field(default_factory=dict)
    lines: dict = dataclasses.field(default_factory=dict)

    def get(self, key, default=""):
        return self.values.get(key, default)


def logical_lines(text):
    """Yields (line number, text) of each line; a line that ends in a backslash is joined with the next."""
    number, kept, start = 0, [], 0
    for number, line in enumerate(text.split("\n"), 1):
        start = start if kept else number
        if line.endswith("\\"):
            kept.append(line[:-1])
            continue
        yield start, "\n".join([*kept, line])
        kept = []
    if kept:
        yield start, "\n".join(kept)


def parse(text, report):
    """Returns {name: Stanza}; `report(line, text)` takes what cannot be read."""
    stanzas, current = {}, None
    for number, line in logical_lines(text):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if bare.startswith("[") and bare.endswith("]"):
            current = open_stanza(stanzas, bare[1:-1], number, report)
        elif "=" not in line:
            report(number, f"neither stanza nor key: {bare[:60]!r}")
        elif current is None:
            report(number, "a key before the first stanza")
        else:
            add_key(current, line, number, report)
    return stanzas


def open_stanza(stanzas, name, number, report):
    if name in stanzas:
        report(number, f"stanza [{name}] is repeated")
    return stanzas.setdefault(name, Stanza(name, number))


def add_key(stanza, line, number, report):
    key, value = (part.strip() for part in line.split("=", 1))
    if key in stanza.values:
        report(number, f"[{stanza.name}] has {key} twice")
    stanza.values[key] = value
    stanza.lines[key] = number


def read(path, report=lambda line, text: None):
    """The stanzas of a file; an absent file has none."""
    if not path.is_file():
        return {}
    return parse(path.read_text(encoding="utf-8"), report)
