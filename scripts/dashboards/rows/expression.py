"""The expressions of `eval`, `where` and `stats count(eval(...))`."""

import re

from . import functions
from .spl import BadSpl, unquote
from .value import number, several, text

TOKEN = re.compile(
    r"""\s*(?:("(?:[^"\\]|\\.)*")|('[^']*')|(\d+\.\d+|\d+)|([A-Za-z_]\w*)|(==|!=|<=|>=|[-+*/%=<>().,]))""", re.DOTALL)
LEVELS = (("OR", "XOR"), ("AND",))
COMPARE = ("=", "==", "!=", "<", ">", "<=", ">=")


def tokens(source):
    found, at = [], 0
    while source[at:].strip():
        part = TOKEN.match(source, at)
        if not part:
            raise BadSpl(f"cannot read the expression {source[at:]!r}")
        found.append(part)
        at = part.end()
    return found


def compiled(source):
    """A function of a row."""
    parser = Parser(tokens(source))
    made = parser.level(0)
    if parser.at < len(parser.tokens):
        raise BadSpl(f"something is left over in the expression {source!r}")
    return made


class Parser:
    """Recursive descent; every method gives a function of a row."""

    def __init__(self, found):
        self.tokens = found
        self.at = 0

    def peek(self):
        return self.tokens[self.at][0].strip() if self.at < len(self.tokens) else ""

    def take(self, wanted=None):
        here = self.peek()
        if not here or (wanted and here != wanted):
            raise BadSpl(f"expected {wanted or 'a value'}, found {here!r}")
        self.at += 1
        return here

    def level(self, depth):
        if depth == len(LEVELS):
            return self.negation()
        left = self.level(depth + 1)
        while self.peek().upper() in LEVELS[depth]:
            word, right = self.take().upper(), None
            right = self.level(depth + 1)
            left = logic(word, left, right)
        return left

    def negation(self):
        if self.peek().upper() == "NOT":
            self.take()
            inner = self.negation()
            return lambda row: not truth(inner(row))
        return self.comparison()

    def comparison(self):
        left = self.sum()
        if self.peek() in COMPARE:
            sign, right = self.take(), self.sum()
            return lambda row: compare(sign, left(row), right(row))
        if self.peek().upper() == "IN":
            self.take()
            choices = self.arguments()
            return lambda row: any(compare("=", left(row), choice(row)) for choice in choices)
        if self.peek().upper() == "LIKE":
            self.take()
            right = self.sum()
            return lambda row: functions.like(left(row), right(row))
        return left

    def sum(self):
        left = self.product()
        while self.peek() in ("+", "-", "."):
            left = arithmetic(self.take(), left, self.product())
        return left

    def product(self):
        left = self.primary()
        while self.peek() in ("*", "/", "%"):
            left = arithmetic(self.take(), left, self.primary())
        return left

    def primary(self):
        if self.peek() == "(":
            self.take()
            inner = self.level(0)
            self.take(")")
            return inner
        if self.peek() == "-":
            self.take()
            inner = self.primary()
            return lambda row: None if number(inner(row)) is None else -number(inner(row))
        part = self.tokens[self.at] if self.at < len(self.tokens) else None
        self.take()
        return self.atom(part)

    def atom(self, part):
        literal, field, digits, name = part[1], part[2], part[3], part[4]
        if literal is not None:
            value = re.sub(r'\\(["\\])', r"\1", literal[1:-1])
            return lambda row: value
        if digits is not None:
            value = number(digits)
            return lambda row: value
        if field is not None:
            return lambda row: row.get(unquote(field))
        if name is None:
            raise BadSpl(f"{part[0].strip()!r} is no value")
        if self.peek() == "(":
            return functions.call(name, self.arguments())
        return lambda row: row.get(name)

    def arguments(self):
        self.take("(")
        found = []
        while self.peek() != ")":
            found.append(self.level(0))
            if self.peek() == ",":
                self.take()
        self.take(")")
        return found


def truth(value):
    return value is True


def logic(word, left, right):
    if word == "AND":
        return lambda row: truth(left(row)) and truth(right(row))
    if word == "OR":
        return lambda row: truth(left(row)) or truth(right(row))
    return lambda row: truth(left(row)) != truth(right(row))


def compare(sign, left, right):
    """True if it holds for any of several values; nothing compares with anything."""
    return any(compare_one(sign, one, two) for one in several(left) for two in several(right))


def compare_one(sign, left, right):
    if isinstance(left, bool) or isinstance(right, bool):
        raise BadSpl("a truth value is compared")
    one, two = number(left), number(right)
    if one is None or two is None:
        one, two = text(left), text(right)
    return {"=": one == two, "==": one == two, "!=": one != two, "<": one < two, ">": one > two, "<=": one <= two,
            ">=": one >= two}[sign]


def arithmetic(sign, left, right):
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
