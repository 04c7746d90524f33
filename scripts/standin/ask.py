"""The uses of the real commands in searches that the emulator of SPL runs."""

import json
import pathlib
import tempfile

from spl.emulator.values import packed

from . import search


class Commands:
    """The program; asked once for the same."""

    def __init__(self, launcher, probes=0):
        self.launcher, self.probes, self.answers = launcher, probes, {}

    def ask(self, command, rows, options):
        """The rows that a command gives."""
        key = (command, options, json.dumps(rows, sort_keys=True))
        if key not in self.answers:
            self.answers[key] = self.run(command, rows, options)
        return [dict(row) for row in self.answers[key]]

    def run(self, command, rows, options):
        """The same, spoken to as splunkd does."""
        sent = [{name: texts(value) for name, value in row.items()} for row in rows]
        with tempfile.TemporaryDirectory(prefix="ask-") as scratch:
            home = pathlib.Path(scratch).resolve()
            dispatch = home / "dispatch"
            dispatch.mkdir()
            answer = search.run(search.Search(
                launcher=self.launcher, options=options.strip(), rows=sent, home=home, dispatch=dispatch,
                probes=self.probes, command=command))
        return [{name: packed(values) for name, values in row.items() if values} for row in answer]


def texts(value):
    return [str(one) for one in (value if isinstance(value, list) else [value])]
