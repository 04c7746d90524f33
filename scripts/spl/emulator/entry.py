"""One command or function of the emulator."""

import collections.abc
import dataclasses

from ..reader import SplError


class Unsupported(SplError):
    """SPL that the emulator does not know; says what."""


@dataclasses.dataclass
class Entry:
    """`run` does it. `supported` says in SPL which part of it; `page` is the title of Splunk's page about it."""

    run: collections.abc.Callable
    supported: str
    page: str
