"""Parses the conditions of `search` into a tree. Terms side by side mean AND; OR binds tighter than AND."""

import dataclasses
import re

from .reader import SplError, excerpt, unquote

SIGN = r"!=|<=|>=|=|<|>"
TOKEN = re.compile(
    rf"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'[^']+'(?=\s*(?:{SIGN})))|(?P<sign>{SIGN})|(?P<mark>[(),])"""
    r"""|(?P<word>(?:[^\s"(),=<>!]|!(?!=))+))""",
    re.DOTALL,
)
VALUE = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|[^\s"(),]+)""", re.DOTALL)


@dataclasses.dataclass
class Every:
    terms: list


@dataclasses.dataclass
class Some:
    terms: list


@dataclasses.dataclass
class Not:
    term: object


@dataclasses.dataclass
class Test:
    """`field=value`; the value may hold `*`."""

    field: str
    sign: str
    value: str


@dataclasses.dataclass
class OneOf:
    """`field IN (value, ...)`"""

    field: str
    values: list


@dataclasses.dataclass
class Keyword:
    """A word or phrase anywhere in the event."""

    text: str


def parse(source):
    parser = Parser(source)
    tree = parser.every()
    if parser.peek():
        raise SplError(f"unexpected {parser.peek()!r} in the condition {excerpt(source)}")
    return tree


def fields(tree):
    """Names of the compared fields, in the order of the text."""
    if isinstance(tree, (Test, OneOf)):
        yield tree.field
    for term in getattr(tree, "terms", [getattr(tree, "term", None)]):
        if term is not None:
            yield from fields(term)


class Parser:
    def __init__(self, source):
        self.source = source
        self.at = 0

    def match(self, pattern=TOKEN):
        return pattern.match(self.source, self.at)

    def peek(self):
        """The next token, or "" at the end."""
        found = self.match()
        if not found and self.source[self.at:].strip():
            raise SplError(f"cannot read the condition {excerpt(self.source[self.at:])}")
        return found[0].strip() if found else ""

    def take(self):
        token = self.peek()
        found = self.match()
        self.at = found.end() if found else self.at
        return token

    def every(self):
        terms = []
        while self.peek() not in ("", ")"):
            if self.peek() == "AND":
                self.take()
            terms.append(self.some())
        return terms[0] if len(terms) == 1 else Every(terms)

    def some(self):
        terms = [self.term()]
        while self.peek() == "OR":
            self.take()
            terms.append(self.term())
        return terms[0] if len(terms) == 1 else Some(terms)

    def term(self):
        token = self.take()
        if token == "NOT":
            return Not(self.term())
        if token == "(":
            inner = self.every()
            self.close()
            return inner
        if token in ("", ")", ",") or re.fullmatch(SIGN, token):
            raise SplError(f"expected a term, found {repr(token) if token else 'the end'} in the condition {excerpt(self.source)}")
        sign = self.peek()
        if re.fullmatch(SIGN, sign):
            self.take()
            return Test(unquote(token), sign, self.value(token))
        if sign.upper() == "IN":
            return self.choices(token)
        if sign == "(" and token in ("TERM", "CASE"):
            return Keyword(" ".join(self.listed()))
        return Keyword(unquote(token))

    def value(self, field):
        found = self.match(VALUE)
        if not found:
            raise SplError(f"{field} is compared with nothing in the condition {excerpt(self.source)}")
        self.at = found.end()
        return unquote(found[1])

    def choices(self, field):
        start = self.at
        self.take()
        if self.peek() != "(":
            self.at = start
            return Keyword(unquote(field))
        return OneOf(unquote(field), self.listed())

    def listed(self):
        """The values between parentheses."""
        self.take()
        found = []
        while self.peek() not in (")", ""):
            if self.peek() == ",":
                self.take()
            else:
                found.append(self.value("the list"))
        self.close()
        return found

    def close(self):
        if self.take() != ")":
            raise SplError(f"missing ) in the condition {excerpt(self.source)}")
