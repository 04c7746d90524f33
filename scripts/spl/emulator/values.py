"""Values of fields: text, number, a list of them, or None where the field is missing."""

import fnmatch
import re


def several(value):
    """As a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def packed(values):
    """A list as a field holds it: one value alone, None for an empty list."""
    return None if not values else values[0] if len(values) == 1 else list(values)


def number(value):
    """As a number, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        try:
            return float(value) if re.search(r"[.eE]", value) else int(value)
        except ValueError:
            return None
    return None


def text(value):
    """As Splunk shows it: integers without a decimal point."""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(round(value, 10))
    return str(value)


def order(value):
    """Key for sorting: numbers before texts, missing values last."""
    one = value[0] if isinstance(value, list) and value else value
    if one is None or one == []:
        return (2, 0, "")
    known = number(one)
    return (0, known, "") if known is not None else (1, 0, str(one))


def wildcard(pattern):
    """A function that compares a value with a pattern of `*`, ignoring case."""
    folded = re.sub(r"([?\[\]])", r"[\1]", pattern.lower())
    return lambda value: fnmatch.fnmatchcase(text(value).lower(), folded)


def present(row):
    """The row without its missing values."""
    return {name: value for name, value in row.items() if value is not None}
