"""SPL as text: macros expanded, cut into stages, words and quotes told apart. No command is known here."""

import re

STANZA = re.compile(r"^\[([^\]]+)\]\s*$")
WORD = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([(),])|((?:[^\s"(),]|"(?:[^"\\]|\\.)*")+))', re.DOTALL)


class BadSpl(Exception):
    """The text is not SPL, or not of the part of it that is interpreted here."""


def read_conf(path):
    """{stanza: {key: value}}; a line ending in a backslash goes on in the next."""
    stanzas, here = {}, {}
    text = re.sub(r"\\\n", "\n", path.read_text(encoding="utf-8")) if path.is_file() else ""
    key = None
    for line in text.split("\n"):
        if STANZA.match(line):
            here = stanzas.setdefault(STANZA.match(line)[1], {})
            key = None
        elif re.match(r"^[\w.]+\s*=", line) and not line.startswith("#"):
            key, value = line.split("=", 1)
            key = key.strip()
            here[key] = value.strip()
        elif key and line.strip() and not line.startswith("#"):
            here[key] += "\n" + line
    return stanzas


def expand(text, macros, depth=0):
    """`name` and `name(a, b)` replaced by their definitions."""
    if depth > 12:
        raise BadSpl("macros call one another in a ring")

    def definition(found):
        call = re.fullmatch(r"\s*(\w+)\s*(?:\((.*)\))?\s*", found[1], re.DOTALL)
        values = [value.strip() for value in call[2].split(",")] if call and call[2] else []
        name = call[1] + (f"({len(values)})" if values else "") if call else found[1]
        if name not in macros:
            raise BadSpl(f"no macro {name}")
        body = macros[name]["definition"]
        names = [part.strip() for part in macros[name].get("args", "").split(",")]
        for argument, value in zip(names, values):
            body = body.replace(f"${argument}$", value)
        return expand(body, macros, depth + 1)

    return re.sub(r"`([^`]*)`", definition, text)


def cut(text, mark, brackets):
    """The text cut at the mark outside of quotes and brackets, and whether one of those is left open."""
    opening, closing = brackets
    parts, start, depth, quoted, at = [], 0, 0, False, 0
    while at < len(text):
        sign = text[at]
        if sign == "\\" and quoted:
            at += 1
        elif sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += {opening: 1, closing: -1}.get(sign, 0)
            if sign == mark and depth == 0:
                parts.append(text[start:at].strip())
                start = at + 1
        at += 1
    return [*parts, text[start:].strip()], quoted or depth != 0


def stages(text):
    """The commands between the pipes, those in brackets left whole."""
    parts, is_open = cut(text, "|", "[]")
    if is_open:
        raise BadSpl(f"a quote or bracket is left open in {text!r}")
    return parts if parts[0] else parts[1:]


def words(text):
    """Words, quoted words (quotes kept) and the signs ( ) , as a list."""
    found, at = [], 0
    while text[at:].strip():
        part = WORD.match(text, at)
        if not part:
            raise BadSpl(f"cannot read {text[at:]!r}")
        found.append(part[1] or part[2] or part[3])
        at = part.end()
    return found


def unquote(word):
    """A field's name or a text without its quotes."""
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return re.sub(r'\\(["\\])', r"\1", word[1:-1])
    return word


def names(text):
    """Field names, between blanks or commas."""
    return [unquote(word) for word in words(text) if word != ","]


def commas(text):
    """The text cut at commas outside of quotes and parentheses."""
    return cut(text, ",", "()")[0]
