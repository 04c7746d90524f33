"""The differences that are meant: `tests/same/meant.toml`."""

import fnmatch
import re
import tomllib

KEYS = {"session", "what", "old", "new", "reason"}


class Meant:
    """One entry of the list."""

    def __init__(self, number, entry):
        unknown = set(entry) - KEYS
        missing = {"session", "what", "reason"} - set(entry)
        if unknown or missing:
            wrong = [f"`{key}` is unknown" for key in sorted(unknown)] + [f"`{key}` is missing" for key in sorted(missing)]
            raise ValueError(f"meant.toml: entry {number}: {', '.join(wrong)}")
        self.session, self.what, self.reason = entry["session"], entry["what"], entry["reason"]
        self.patterns = {side: re.compile(entry[side].encode(), re.DOTALL) for side in ("old", "new") if side in entry}
        self.count = 0

    def matches(self, session, difference):
        return (
            fnmatch.fnmatchcase(session, self.session)
            and fnmatch.fnmatchcase(difference.what, self.what)
            and all(pattern.search(getattr(difference, side)) for side, pattern in self.patterns.items())
        )


def read(path):
    with open(path, "rb") as file:
        entries = tomllib.load(file).get("meant", [])
    return [Meant(number, entry) for number, entry in enumerate(entries, 1)]


def is_meant(meant, session, difference):
    """Whether an entry covers this difference; counts it for the first one that does."""
    for entry in meant:
        if entry.matches(session, difference):
            entry.count += 1
            return True
    return False
