"""Reads the text of a search: quotes, brackets, macros, stages, words. Knows no command."""

import re

OPEN = {"(": ")", "[": "]"}
COMMENT = re.compile(r"```.*?```", re.DOTALL)
CALL = re.compile(r"\s*([\w:. -]+?)\s*(?:\((.*)\))?\s*", re.DOTALL)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
ESCAPED = re.compile(r'\\(["\\])')
RUN = re.compile(r"""[^"`()\[\]|,\s]+""")


class SplError(Exception):
    """The text cannot be read as SPL; says why."""


def excerpt(text):
    """The beginning of a text, for messages."""
    text = " ".join(text.split())
    return repr(text if len(text) <= 80 else text[:77] + "...")


def closing_quote(text, start):
    quoted = QUOTED.match(text, start)
    if not quoted:
        raise SplError(f"unbalanced quote: {text[start:start + 40]!r}")
    return quoted.end() - 1


def pieces(text):
    """Tokens as (kind, text, depth of brackets); raises SplError where quotes, backticks or brackets are unbalanced.

    The kind is `quoted`, `macro`, or `plain`: a run of ordinary characters, or one separator.
    """
    expected, at = [], 0
    while at < len(text):
        char = text[at]
        run = RUN.match(text, at)
        if run:
            yield "plain", run[0], len(expected)
            at = run.end() - 1
        elif char == '"':
            end = closing_quote(text, at)
            yield "quoted", text[at:end + 1], len(expected)
            at = end
        elif char == "`":
            end = text.find("`", at + 1)
            if end < 0:
                raise SplError(f"unbalanced backtick: {text[at:at + 40]!r}")
            yield "macro", text[at:end + 1], len(expected)
            at = end
        else:
            if char in OPEN:
                expected.append(OPEN[char])
            elif char in OPEN.values() and (not expected or expected.pop() != char):
                raise SplError(f"unbalanced {char} near {text[max(0, at - 30):at + 10]!r}")
            yield "plain", char, len(expected)
        at += 1
    if expected:
        raise SplError(f"missing {expected[-1]}")


def split(text, separator):
    """Splits at separators outside quotes and brackets."""
    parts = [""]
    for kind, piece, depth in pieces(text):
        if kind == "plain" and depth == 0 and piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def words(text):
    """Splits at blanks and commas outside quotes and brackets."""
    found, open_word = [], False
    for kind, piece, depth in pieces(text):
        if kind == "plain" and depth == 0 and (piece.isspace() or piece == ","):
            open_word = False
        elif open_word:
            found[-1] += piece
        else:
            found.append(piece)
            open_word = True
    return found


def unquote(word):
    """The name or value without its quotes, `\\"` and `\\\\` unescaped."""
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return ESCAPED.sub(r"\1", word[1:-1])
    return word


def subsearches(text):
    """Returns the text with each [subsearch] replaced by the word "subsearch", and the list of subsearches."""
    found, outer, inner, level = [], "", "", 0
    for kind, piece, depth in pieces(text):
        if not inner and (kind, piece) == ("plain", "["):
            inner, level = piece, depth
        elif inner:
            inner += piece
            if (kind, piece, depth) == ("plain", "]", level - 1):
                found.append(inner[1:-1])
                outer += '"subsearch"'
                inner = ""
        else:
            outer += piece
    return outer, found


def expand(text, macros, stack=()):
    """Replaces each macro by its definition and removes comments, as splunkd does before parsing."""
    expanded = ""
    for kind, piece, _ in pieces(COMMENT.sub(" ", text)):
        if kind == "quoted" and "`" in piece:
            raise SplError(f"a macro inside quotes is not expanded: {piece[:60]}")
        expanded += expand_call(piece[1:-1], macros, stack) if kind == "macro" else piece
    return expanded


def expand_call(call, macros, stack):
    read = CALL.fullmatch(call)
    if not read:
        raise SplError(f"unbalanced backtick, or not a macro: {call[:40]!r}")
    name, arguments = read.groups()
    values = split(arguments, ",") if arguments is not None and arguments.strip() else []
    full = f"{name}({len(values)})" if values else name
    if full in stack:
        raise SplError(f"macro {full} calls itself: {' > '.join([*stack, full])}")
    if full not in macros:
        others = [known for known in macros if known.split("(")[0] == name]
        hint = f"; there is {', '.join(others)}" if others else ""
        raise SplError(f"no macro {full}{hint}")
    definition, names = macros[full]
    for argument, value in zip(names, values):
        definition = definition.replace(f"${argument}$", value)
    return expand(definition, macros, (*stack, full))


def start_with(macros, name, command):
    """Lets a macro begin with a command of its own in place of a search of an index that is not there."""
    definition, arguments = macros[name]
    macros[name] = (f"| {command} |" + definition.partition("|")[2], arguments)


def unrolled(text, macros, kept):
    """The stages of a search; a macro that begins it is read as its own stages, unless it is among `kept`."""
    first, *others = stages(text)
    name = first.removeprefix("search ").strip("`")
    if name in kept or first != f"search `{name}`":
        return [first, *others]
    return [*unrolled(macros[name][0], macros, kept), *others]


def read_macros(stanzas, report):
    """Returns {name with argument count: (definition, argument names)}; `report(line, text)` takes the faults."""
    macros = {}
    for stanza in stanzas.values():
        names = [name.strip() for name in stanza.get("args").split(",") if name.strip()]
        count = re.search(r"\((\d+)\)$", stanza.name)
        if (int(count.group(1)) if count else 0) != len(names):
            report(stanza.line, f"[{stanza.name}] names {len(names)} arguments in args")
        macros[stanza.name] = (stanza.get("definition"), names)
    for name, (definition, _) in macros.items():
        try:
            expand(definition, macros, (name,))
        except SplError as error:
            report(stanzas[name].line, f"[{name}] {error}")
    return macros


def stages(text):
    """Splits a pipeline into its stages. Without a leading pipe, the first stage gets the implied `search`."""
    text = text.strip()
    parts = split(text, "|")
    if text.startswith("|"):
        parts = parts[1:]
    else:
        parts[0] = f"search {parts[0]}"
    empty = [number for number, part in enumerate(parts, 1) if not part]
    if empty:
        raise SplError(f"stage {empty[0]} is empty")
    return parts
