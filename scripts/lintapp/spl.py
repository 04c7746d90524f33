"""Text of a search: quotes, brackets, backticks; stages; macros."""

import re

OPEN = {"(": ")", "[": "]"}
COMMENT = re.compile(r"```.*?```", re.DOTALL)
CALL = re.compile(r"\s*([\w:. -]+?)\s*(?:\((.*)\))?\s*", re.DOTALL)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
RUN = re.compile(r"""[^"`()\[\]|,\s]+""")


class SplError(Exception):
    """The text is no search; says why."""


def closing_quote(text, start):
    quoted = QUOTED.match(text, start)
    if not quoted:
        raise SplError(f"unbalanced quote: {text[start:start + 40]!r}")
    return quoted.end() - 1


def pieces(text):
    """(kind, text, depth): `quoted`, `macro`, or `plain`, which is a run or one separator; checks that all is balanced."""
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
    """The parts between separators that stand outside quotes and brackets."""
    parts = [""]
    for kind, piece, depth in pieces(text):
        if kind == "plain" and depth == 0 and piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def words(text):
    """Words as a search has them: quoted text and brackets hold together."""
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
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" else word


def subsearches(text):
    """(text with each [subsearch] replaced by a word, the subsearches)."""
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
    """The text with every macro put in, as splunkd does before parsing."""
    expanded = ""
    for kind, piece, _ in pieces(COMMENT.sub(" ", text)):
        if kind == "quoted" and "`" in piece:
            raise SplError(f"a macro inside quotes is not expanded: {piece[:60]}")
        expanded += expand_call(piece[1:-1], macros, stack) if kind == "macro" else piece
    return expanded


def expand_call(call, macros, stack):
    read = CALL.fullmatch(call)
    if not read:
        raise SplError(f"unbalanced backtick, or no macro: {call[:40]!r}")
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


def read_macros(stanzas, faults):
    """Name as called, with argument count, -> (definition, argument names)."""
    macros = {}
    for stanza in stanzas.values():
        names = [name.strip() for name in stanza.get("args").split(",") if name.strip()]
        count = re.search(r"\((\d+)\)$", stanza.name)
        if (int(count.group(1)) if count else 0) != len(names):
            faults.add(f"macros.conf:{stanza.line}", f"[{stanza.name}] names {len(names)} arguments in args")
        macros[stanza.name] = (stanza.get("definition"), names)
    for name, (definition, _) in macros.items():
        try:
            expand(definition, macros, (name,))
        except SplError as error:
            faults.add(f"macros.conf:{stanzas[name].line}", f"[{name}] {error}")
    return macros


def stages(text):
    """The stages; the first begins with `search` where the text does not begin with a pipe."""
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
