"""The functions of eval that the views use; an unknown one, or a wrong number of arguments, is an error."""

import datetime
import hashlib
import math
import re

from .spl import BadSpl
from .value import number, order, packed, several, text
from .week import NOW

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
SNAP = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def like(value, pattern):
    if value is None or pattern is None:
        return False
    shape = re.escape(pattern).replace("%", ".*").replace("_", ".")
    return any(re.fullmatch(shape, text(one), re.DOTALL) for one in several(value))


def match(value, pattern):
    return any(re.search(pattern, text(one)) for one in several(value))


def relative_time(moment, shape):
    """`-7d`, `-24h@h`, `@d`."""
    found = re.fullmatch(r"([-+]\d+[a-z])?(?:@([smhd]))?", shape)
    if not found or number(moment) is None:
        raise BadSpl(f"cannot read the time {shape!r}")
    at = number(moment)
    if found[1]:
        at += int(found[1][:-1]) * UNITS[found[1][-1]]
    return at - at % SNAP[found[2]] if found[2] else at


def strftime(moment, shape):
    if number(moment) is None:
        return None
    return datetime.datetime.fromtimestamp(number(moment), datetime.timezone.utc).strftime(shape)


def strptime(value, shape):
    try:
        return datetime.datetime.strptime(value, shape).replace(tzinfo=datetime.timezone.utc).timestamp()
    except (ValueError, TypeError):
        return None


def rounded(value, digits=0):
    if number(value) is None:
        return None
    result = round(number(value) + 1e-9, int(digits))
    return int(result) if not digits else result


def substr(value, start, length=None):
    at = int(start) - 1 if start > 0 else int(start)
    return None if value is None else text(value)[at:][: None if length is None else int(length)]


def mvindex(value, first, last=None):
    found = several(value)
    if last is None:
        return found[int(first)] if -len(found) <= first < len(found) else None
    end = int(last) + 1
    return packed(found[int(first): end or None])


def null_safe(function):
    """Nothing in, nothing out."""
    return lambda *values: None if values[0] is None else function(*values)


def smallest(*values):
    return min((value for value in values if value is not None), key=order, default=None)


def largest(*values):
    return max((value for value in values if value is not None), key=order, default=None)


def mvappend(*values):
    return packed([one for value in values for one in several(value)])


# name: (fewest arguments, most arguments, function of the values)
PLAIN = {
    "abs": (1, 1, null_safe(lambda value: abs(number(value)))),
    "ceiling": (1, 1, null_safe(lambda value: math.ceil(number(value)))),
    "false": (0, 0, lambda: False),
    "floor": (1, 1, null_safe(lambda value: math.floor(number(value)))),
    "isnotnull": (1, 1, lambda value: value is not None),
    "isnull": (1, 1, lambda value: value is None),
    "len": (1, 1, null_safe(lambda value: len(text(value)))),
    "like": (2, 2, like),
    "lower": (1, 1, null_safe(lambda value: text(value).lower())),
    "match": (2, 2, lambda value, pattern: value is not None and match(value, pattern)),
    "max": (1, 99, largest),
    "md5": (1, 1, null_safe(lambda value: hashlib.md5(text(value).encode(), usedforsecurity=False).hexdigest())),
    "min": (1, 99, smallest),
    "mvappend": (1, 99, mvappend),
    "mvcount": (1, 1, null_safe(lambda value: len(several(value)))),
    "mvdedup": (1, 1, lambda value: packed(list(dict.fromkeys(several(value))))),
    "mvindex": (2, 3, mvindex),
    "mvjoin": (2, 2, null_safe(lambda value, between: between.join(text(one) for one in several(value)))),
    "mvsort": (1, 1, lambda value: packed(sorted(several(value), key=text))),
    "now": (0, 0, lambda: NOW),
    "null": (0, 0, lambda: None),
    "relative_time": (2, 2, relative_time),
    "replace": (3, 3, null_safe(lambda value, old, new: re.sub(old, new, text(value)))),
    "round": (1, 2, rounded),
    "split": (2, 2, null_safe(lambda value, between: packed(text(value).split(between)))),
    "strftime": (2, 2, strftime),
    "strptime": (2, 2, strptime),
    "substr": (2, 3, substr),
    "tonumber": (1, 1, number),
    "tostring": (1, 1, null_safe(text)),
    "trim": (1, 1, null_safe(lambda value: text(value).strip())),
    "true": (0, 0, lambda: True),
    "upper": (1, 1, null_safe(lambda value: text(value).upper())),
}


def call(name, arguments):
    """A function of a row that calls the function."""
    name = name.lower()
    if name == "if" and len(arguments) == 3:
        return lambda row: arguments[1](row) if arguments[0](row) is True else arguments[2](row)
    if name == "case" and arguments and len(arguments) % 2 == 0:
        pairs = list(zip(arguments[::2], arguments[1::2]))
        return lambda row: next((then(row) for when, then in pairs if when(row) is True), None)
    if name == "in" and len(arguments) > 1:
        first, *choices = arguments
        return lambda row: any(text(one) == text(choice(row)) for one in several(first(row)) for choice in choices)
    if name == "coalesce" and arguments:
        return lambda row: next((value for value in (one(row) for one in arguments) if value is not None), None)
    if name not in PLAIN:
        raise BadSpl(f"no function {name} with {len(arguments)} arguments")
    fewest, most, function = PLAIN[name]
    if not fewest <= len(arguments) <= most:
        raise BadSpl(f"{name} takes {fewest} to {most} arguments, not {len(arguments)}")
    return lambda row: function(*(argument(row) for argument in arguments))
