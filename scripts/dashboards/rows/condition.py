"""The conditions of `search`: field=value, !=, IN, NOT, OR, parentheses; blanks mean AND and bind looser than OR."""

import re

from .spl import BadSpl, unquote, words
from .value import number, several, wild

TERM = re.compile(r"""([\w.]+|"[^"]+")\s*(!=|<=|>=|=|<|>)(.*)""", re.DOTALL)


def compiled(source):
    """A function of a row: does it stay?"""
    parser = Parser(words(re.sub(r"\s*(!=|<=|>=|=|<|>)\s*", r"\1", source)))
    made = parser.every()
    if parser.at < len(parser.words):
        raise BadSpl(f"something is left over in the condition {source!r}")
    return made


class Parser:
    def __init__(self, found):
        self.words = found
        self.at = 0

    def peek(self, ahead=0):
        return self.words[self.at + ahead] if self.at + ahead < len(self.words) else ""

    def every(self):
        terms = []
        while self.peek() not in ("", ")"):
            if self.peek() == "AND":
                self.at += 1
            terms.append(self.some())
        return lambda row: all(term(row) for term in terms)

    def some(self):
        terms = [self.term()]
        while self.peek() == "OR":
            self.at += 1
            terms.append(self.term())
        return lambda row: any(term(row) for term in terms)

    def term(self):
        word = self.peek()
        self.at += 1
        if word == "NOT":
            inner = self.term()
            return lambda row: not inner(row)
        if word == "(":
            inner = self.every()
            if self.peek() != ")":
                raise BadSpl("a parenthesis is left open in a condition")
            self.at += 1
            return inner
        if self.peek() == "IN" and self.peek(1) == "(":
            self.at += 2
            return self.choice(word)
        found = TERM.fullmatch(word)
        if found:
            return test(unquote(found[1]), found[2], unquote(found[3]))
        if word == "*":
            return lambda row: True
        raise BadSpl(f"a bare word in a condition: {word!r}")

    def choice(self, field):
        tests = []
        while self.peek() not in (")", ""):
            if self.peek() != ",":
                tests.append(test(field, "=", unquote(self.peek())))
            self.at += 1
        self.at += 1
        return lambda row: any(one(row) for one in tests)


def test(field, sign, wanted):
    if sign in ("=", "!="):
        fits = wild(wanted)
        if sign == "=":
            return lambda row: any(fits(value) for value in several(row.get(field)))
        return lambda row: bool(several(row.get(field))) and not all(fits(value) for value in several(row.get(field)))
    limit = number(wanted)
    if limit is None:
        raise BadSpl(f"{field}{sign}{wanted!r} compares with no number")

    def holds(value):
        known = number(value)
        return known is not None and {"<": known < limit, ">": known > limit, "<=": known <= limit, ">=": known >= limit}[sign]

    return lambda row: any(holds(value) for value in several(row.get(field)))
