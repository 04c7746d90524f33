"""One use of a real command in a search that the emulator of SPL runs."""

import pathlib
import tempfile

from spl.emulator.values import packed

from . import search


def ask(launcher, command, rows, options, probes=0):
    """The rows that the command gives, spoken to as splunkd does."""
    sent = [{name: texts(value) for name, value in row.items()} for row in rows]
    with tempfile.TemporaryDirectory(prefix="ask-") as scratch:
        home = pathlib.Path(scratch).resolve()
        dispatch = home / "dispatch"
        dispatch.mkdir()
        answer = search.run(search.Search(
            launcher=launcher, options=options.strip(), rows=sent, home=home, dispatch=dispatch, probes=probes, command=command))
    return [{name: packed(values) for name, values in row.items() if values} for row in answer]


def texts(value):
    return [str(one) for one in (value if isinstance(value, list) else [value])]
