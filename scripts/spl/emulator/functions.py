"""Functions of eval. A name outside the tables, or a wrong number of arguments, is an error."""

import datetime
import hashlib
import math
import re

from .entry import Entry, Unsupported
from .values import number, packed, several, text

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
CONDITIONAL = "Comparison and conditional functions"
TEXT = "Text functions"
TIME = "Date and time functions"
MULTIVALUE = "Multivalue eval functions"
INFORMATIONAL = "Informational functions"
MATHEMATICAL = "Mathematical functions"
CONVERSION = "Conversion functions"
CRYPTOGRAPHIC = "Cryptographic functions"


def like(value, pattern):
    if value is None or pattern is None:
        return False
    shape = re.escape(pattern).replace("%", ".*").replace("_", ".")
    return any(re.fullmatch(shape, text(one), re.DOTALL) for one in several(value))


def match(value, pattern):
    return any(re.search(pattern, text(one)) for one in several(value))


def relative_time(moment, modifier):
    """`-7d`, `-24h@h`, `@d`."""
    found = re.fullmatch(r"([-+]\d+[smhdw])?(?:@([smhd]))?", modifier)
    if not found or number(moment) is None:
        raise Unsupported(f"time modifier {modifier!r}")
    at = number(moment)
    if found[1]:
        at += int(found[1][:-1]) * UNITS[found[1][-1]]
    return at - at % UNITS[found[2]] if found[2] else at


def strftime(moment, format):
    if number(moment) is None:
        return None
    return datetime.datetime.fromtimestamp(number(moment), datetime.timezone.utc).strftime(format)


def strptime(value, format):
    try:
        return datetime.datetime.strptime(value, format).replace(tzinfo=datetime.timezone.utc).timestamp()
    except (ValueError, TypeError):
        return None


def rounded(value, digits=0):
    if number(value) is None:
        return None
    result = round(number(value) + 1e-9, int(digits))
    return int(result) if not digits else result


def substr(value, start, length=None):
    """The first character has the index 1; a negative index counts from the end."""
    at = int(start) - 1 if start > 0 else int(start)
    return None if value is None else text(value)[at:][: None if length is None else int(length)]


def mvindex(value, first, last=None):
    found = several(value)
    if last is None:
        return found[int(first)] if -len(found) <= first < len(found) else None
    end = int(last) + 1
    return packed(found[int(first): end or None])


def mvfind(value, pattern):
    return next((at for at, one in enumerate(several(value)) if re.search(pattern, text(one))), None)


def md5(value):
    return hashlib.md5(text(value).encode(), usedforsecurity=False).hexdigest()


def mvjoin(value, separator):
    return separator.join(text(one) for one in several(value))


def replace(value, pattern, replacement):
    return re.sub(pattern, replacement, text(value))


def split(value, separator):
    return packed(text(value).split(separator))


def null_safe(function):
    """A missing first argument gives a missing value."""
    return lambda *values: None if values[0] is None else function(*values)


def mvappend(*values):
    return packed([one for value in values for one in several(value)])


def choose(condition, then, otherwise):
    return lambda row: then(row) if condition(row) is True else otherwise(row)


def case(*arguments):
    if len(arguments) % 2:
        raise Unsupported("case with a condition that has no value")
    pairs = list(zip(arguments[::2], arguments[1::2]))
    return lambda row: next((then(row) for when, then in pairs if when(row) is True), None)


def one_of(first, *choices):
    return lambda row: any(text(one) == text(choice(row)) for one in several(first(row)) for choice in choices)


def coalesce(*arguments):
    return lambda row: next((value for value in (one(row) for one in arguments) if value is not None), None)


def mvmap(*_arguments):
    raise Unsupported("mvmap of something else than a field")


def plain(function):
    """A function that needs all its values at once."""
    return lambda *arguments: lambda row: function(*(argument(row) for argument in arguments))


# The functions get their arguments as functions of a row. Behind each: fewest and most arguments.
FUNCTIONS = {
    "case": (Entry(case, "case(condition, value, ...)", CONDITIONAL), 2, 99),
    "coalesce": (Entry(coalesce, "coalesce(value, ...)", CONDITIONAL), 1, 99),
    "false": (Entry(plain(lambda: False), "false()", CONDITIONAL), 0, 0),
    "floor": (Entry(plain(null_safe(lambda value: math.floor(number(value)))), "floor(number)", MATHEMATICAL), 1, 1),
    "if": (Entry(choose, "if(condition, value, value)", CONDITIONAL), 3, 3),
    "in": (Entry(one_of, "in(field, value, ...), without wildcards", CONDITIONAL), 2, 99),
    "isnotnull": (Entry(plain(lambda value: value is not None), "isnotnull(value)", INFORMATIONAL), 1, 1),
    "isnull": (Entry(plain(lambda value: value is None), "isnull(value)", INFORMATIONAL), 1, 1),
    "like": (Entry(plain(like), "like(text, pattern); % and _ are wildcards", CONDITIONAL), 2, 2),
    "lower": (Entry(plain(null_safe(lambda value: text(value).lower())), "lower(text)", TEXT), 1, 1),
    "match": (Entry(plain(null_safe(match)), "match(text, regex), as Python reads the regex", CONDITIONAL), 2, 2),
    "md5": (Entry(plain(null_safe(md5)), "md5(text)", CRYPTOGRAPHIC), 1, 1),
    "mvappend": (Entry(plain(mvappend), "mvappend(value, ...)", MULTIVALUE), 1, 99),
    "mvcount": (Entry(plain(lambda value: len(several(value)) or None), "mvcount(values)", MULTIVALUE), 1, 1),
    "mvdedup": (Entry(plain(lambda value: packed(list(dict.fromkeys(several(value))))), "mvdedup(values)", MULTIVALUE), 1, 1),
    "mvfind": (Entry(plain(null_safe(mvfind)), "mvfind(values, regex), as Python reads the regex", MULTIVALUE), 2, 2),
    "mvindex": (Entry(plain(mvindex), "mvindex(values, first[, last]); negative ones count from the end", MULTIVALUE), 2, 3),
    "mvjoin": (Entry(plain(null_safe(mvjoin)), "mvjoin(values, separator)", MULTIVALUE), 2, 2),
    "mvmap": (Entry(mvmap, "mvmap(field, expression)", MULTIVALUE), 2, 2),
    "mvsort": (Entry(plain(lambda value: packed(sorted(several(value), key=text))), "mvsort(values)", MULTIVALUE), 1, 1),
    "now": (Entry(None, "now()", TIME), 0, 0),
    "null": (Entry(plain(lambda: None), "null()", CONDITIONAL), 0, 0),
    "relative_time": (Entry(plain(relative_time), "relative_time(time, modifier); units s m h d w, UTC", TIME), 2, 2),
    "replace": (Entry(plain(null_safe(replace)), "replace(text, regex, text), as Python reads the regex", TEXT), 3, 3),
    "round": (Entry(plain(rounded), "round(number[, digits])", MATHEMATICAL), 1, 2),
    "split": (Entry(plain(null_safe(split)), "split(text, separator)", MULTIVALUE), 2, 2),
    "strftime": (Entry(plain(strftime), "strftime(time, format), UTC", TIME), 2, 2),
    "strptime": (Entry(plain(strptime), "strptime(text, format), UTC", TIME), 2, 2),
    "substr": (Entry(plain(substr), "substr(text, start[, length])", TEXT), 2, 3),
    "tonumber": (Entry(plain(number), "tonumber(text), without a base", CONVERSION), 1, 1),
    "tostring": (Entry(plain(null_safe(text)), "tostring(value), without a format", CONVERSION), 1, 1),
    "true": (Entry(plain(lambda: True), "true()", CONDITIONAL), 0, 0),
}


def call(name, arguments, now):
    """A function of a row that calls the function."""
    name = name.lower()
    if name not in FUNCTIONS:
        raise Unsupported(f"eval function {name}")
    entry, fewest, most = FUNCTIONS[name]
    if not fewest <= len(arguments) <= most:
        raise Unsupported(f"{name} with {len(arguments)} arguments: it takes {fewest} to {most}")
    return entry.run(*arguments) if entry.run else lambda row: now
