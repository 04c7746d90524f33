"""Turns the trees of expressions and conditions into functions of a row."""

from .. import condition, expression
from . import functions
from .entry import Unsupported
from .values import number, packed, several, text, wildcard


def compiled(source, now):
    """A function of a row that gives the value of an expression; `now` is what now() returns."""
    return value_of(expression.parse(source), now)


def value_of(tree, now):
    match tree:
        case expression.Literal(value):
            return lambda row: value
        case expression.Field(name):
            return lambda row: row.get(name)
        case expression.Call("mvmap", [expression.Field(name), each]):
            inner = value_of(each, now)
            return lambda row: packed([value for one in several(row.get(name)) for value in several(inner(row | {name: one}))])
        case expression.Call(name, arguments):
            return functions.call(name, [value_of(argument, now) for argument in arguments], now)
        case expression.Not(operand):
            inner = value_of(operand, now)
            return lambda row: inner(row) is not True
        case expression.Negative(operand):
            return negative(value_of(operand, now))
        case expression.OneOf(left, choices):
            first, others = value_of(left, now), [value_of(choice, now) for choice in choices]
            return lambda row: any(compare("=", first(row), other(row)) for other in others)
        case expression.Binary(sign, left, right):
            return binary(sign, value_of(left, now), value_of(right, now))


def negative(inner):
    def result(row):
        value = number(inner(row))
        return None if value is None else -value

    return result


def binary(sign, left, right):
    if sign in ("AND", "OR", "XOR"):
        return logic(sign, left, right)
    if sign == "LIKE":
        return lambda row: functions.like(left(row), right(row))
    if sign in expression.COMPARISONS:
        return lambda row: compare(sign, left(row), right(row))
    return arithmetic(sign, left, right)


def logic(word, left, right):
    if word == "AND":
        return lambda row: left(row) is True and right(row) is True
    if word == "OR":
        return lambda row: left(row) is True or right(row) is True
    return lambda row: (left(row) is True) != (right(row) is True)


def compare(sign, left, right):
    """True if it holds for any of several values; a missing value compares with nothing."""
    return any(compare_one(sign, one, two) for one in several(left) for two in several(right))


def compare_one(sign, left, right):
    if isinstance(left, bool) or isinstance(right, bool):
        raise Unsupported("comparison of a Boolean value")
    one, two = number(left), number(right)
    if one is None or two is None:
        one, two = text(left), text(right)
    return {"=": one == two, "!=": one != two, "<": one < two, ">": one > two, "<=": one <= two, ">=": one >= two}[sign]


def arithmetic(sign, left, right):
    """`+` joins texts, as `.` does; a missing or wrong operand gives a missing value."""
    def result(row):
        one, two = left(row), right(row)
        if one is None or two is None:
            return None
        if sign == "." or (sign == "+" and (number(one) is None or number(two) is None)):
            return joined(one) + joined(two)
        one, two = number(one), number(two)
        if one is None or two is None or (sign in "/%" and two == 0):
            return None
        return {"+": one + two, "-": one - two, "*": one * two}[sign] if sign in "+-*" else one / two if sign == "/" else one % two

    return result


def joined(value):
    return " ".join(text(one) for one in several(value))


def filter_of(source):
    """A function of a row that says whether a condition of `search` holds."""
    return holds(condition.parse(source))


def holds(tree):
    match tree:
        case condition.Every(terms):
            tests = [holds(term) for term in terms]
            return lambda row: all(test(row) for test in tests)
        case condition.Some(terms):
            tests = [holds(term) for term in terms]
            return lambda row: any(test(row) for test in tests)
        case condition.Not(term):
            test = holds(term)
            return lambda row: not test(row)
        case condition.OneOf(field, values):
            return holds(condition.Some([condition.Test(field, "=", value) for value in values]))
        case condition.Test(field, "=" | "!=" as sign, value):
            return equality(field, sign, wildcard(value))
        case condition.Test(field, sign, value):
            return inequality(field, sign, value)
        case condition.Keyword("*"):
            return lambda row: True
        case condition.Keyword(word):
            raise Unsupported(f"search for the keyword {word!r}, without a field")


def equality(field, sign, fits):
    """`!=` needs a value, as in Splunk; NOT field=value does not."""
    if sign == "=":
        return lambda row: any(fits(value) for value in several(row.get(field)))
    return lambda row: bool(several(row.get(field))) and not all(fits(value) for value in several(row.get(field)))


def inequality(field, sign, wanted):
    limit = number(wanted)
    if limit is None:
        raise Unsupported(f"{field}{sign}{wanted}, which is not a number")

    def test(value):
        known = number(value)
        return known is not None and {"<": known < limit, ">": known > limit, "<=": known <= limit, ">=": known >= limit}[sign]

    return lambda row: any(test(value) for value in several(row.get(field)))
