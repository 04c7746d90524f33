"""Parses the expressions of `eval`, `where` and `count(eval(...))` into a tree."""

import dataclasses
import re

from .reader import ESCAPED, SplError, excerpt

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|'(?P<quoted>[^']+)'|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*(?:\{\}\w*)*)"""
    r"""|(?P<sign>==|!=|<=|>=|[-+*/%=<>().,]))""",
    re.DOTALL,
)
LOGIC = (("OR", "XOR"), ("AND",))
COMPARISONS = ("=", "==", "!=", "<", ">", "<=", ">=")


@dataclasses.dataclass
class Literal:
    value: object


@dataclasses.dataclass
class Field:
    name: str


@dataclasses.dataclass
class Call:
    name: str
    arguments: list


@dataclasses.dataclass
class Not:
    operand: object


@dataclasses.dataclass
class Negative:
    operand: object


@dataclasses.dataclass
class Binary:
    """The sign is OR, XOR, AND, LIKE, a comparison, or one of `+ - . * / %`."""

    sign: str
    left: object
    right: object


@dataclasses.dataclass
class OneOf:
    """`left IN (choice, ...)`"""

    left: object
    choices: list


def parse(source):
    parser = Parser(tokens(source), source)
    tree = parser.logic(0)
    if parser.at < len(parser.tokens):
        raise SplError(f"unexpected {parser.peek()!r} in the expression {excerpt(source)}")
    return tree


def walk(tree):
    """Every node, in the order of the text."""
    yield tree
    for value in vars(tree).values():
        for child in value if isinstance(value, list) else [value]:
            if dataclasses.is_dataclass(child):
                yield from walk(child)


def tokens(source):
    found, at = [], 0
    while source[at:].strip():
        part = TOKEN.match(source, at)
        if not part:
            raise SplError(f"cannot read the expression {excerpt(source[at:])}")
        found.append(part)
        at = part.end()
    return found


class Parser:
    """Recursive descent, from the operator that binds loosest to the one that binds tightest."""

    def __init__(self, found, source):
        self.tokens = found
        self.source = source
        self.at = 0

    def peek(self):
        return self.tokens[self.at][0].strip() if self.at < len(self.tokens) else ""

    def take(self, wanted=None):
        here = self.peek()
        if not here or (wanted and here != wanted):
            expected, found = repr(wanted) if wanted else "a value", repr(here) if here else "the end"
            raise SplError(f"expected {expected}, found {found} in the expression {excerpt(self.source)}")
        self.at += 1
        return here

    def logic(self, depth):
        if depth == len(LOGIC):
            return self.negation()
        left = self.logic(depth + 1)
        while self.peek().upper() in LOGIC[depth]:
            sign = self.take().upper()
            left = Binary(sign, left, self.logic(depth + 1))
        return left

    def negation(self):
        if self.peek().upper() == "NOT":
            self.take()
            return Not(self.negation())
        return self.comparison()

    def comparison(self):
        left = self.sum()
        if self.peek() in COMPARISONS:
            sign = self.take()
            return Binary("=" if sign == "==" else sign, left, self.sum())
        if self.peek().upper() == "IN":
            self.take()
            return OneOf(left, self.arguments())
        if self.peek().upper() == "LIKE":
            self.take()
            return Binary("LIKE", left, self.sum())
        return left

    def sum(self):
        left = self.product()
        while self.peek() in ("+", "-", "."):
            sign = self.take()
            left = Binary(sign, left, self.product())
        return left

    def product(self):
        left = self.primary()
        while self.peek() in ("*", "/", "%"):
            sign = self.take()
            left = Binary(sign, left, self.primary())
        return left

    def primary(self):
        if self.peek() == "(":
            self.take()
            inner = self.logic(0)
            self.take(")")
            return inner
        if self.peek() == "-":
            self.take()
            return Negative(self.primary())
        self.take()
        return self.value(self.tokens[self.at - 1])

    def value(self, token):
        if token["text"] is not None:
            return Literal(ESCAPED.sub(r"\1", token["text"][1:-1]))
        if token["number"] is not None:
            return Literal(float(token["number"]) if "." in token["number"] else int(token["number"]))
        if token["quoted"] is not None:
            return Field(token["quoted"])
        if token["name"] is None:
            raise SplError(f"{token['sign']!r} is not a value in the expression {excerpt(self.source)}")
        return Call(token["name"], self.arguments()) if self.peek() == "(" else Field(token["name"])

    def arguments(self):
        self.take("(")
        found = []
        while self.peek() != ")":
            found.append(self.logic(0))
            if self.peek() != ")":
                self.take(",")
        self.take(")")
        return found
