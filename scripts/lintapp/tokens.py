"""`$token$` in searches and texts."""

import re

TOKEN = re.compile(r"\$([A-Za-z_][\w.:]*)(\|[a-z])?\$")


def used(text):
    """(name, filter) of each token; the filter is `|s` and the like, or empty."""
    return [(name, how or "") for name, how in TOKEN.findall(text)]


def fill(text, values):
    """Replaces the tokens of a search; a token with |s becomes quoted text, one without a known value the word "token"."""
    def value(found):
        name, how = found[1], found[2]
        known = values.get(name)
        plain = known if isinstance(known, str) and known else "token"
        return f'"{plain}"' if how == "|s" else plain

    return TOKEN.sub(value, text)
