"""Which fields an eval expression reads."""

import re

TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*")|'(?P<quoted>[^']+)'|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*(?:\{\}\w*)?)"""
    r"""(?P<call>\s*\()?|(?P<other>\S)""",
    re.DOTALL,
)
KEYWORDS = {"and", "or", "not", "in", "like", "xor", "as", "by"}
FUNCTIONS = set(
    """if case coalesce validate nullif in like match searchmatch cidrmatch true false null isnull isnotnull isnum isstr
    isint isbool typeof mvappend mvcount mvdedup mvfilter mvfind mvindex mvjoin mvmap mvrange mvsort mvzip split len
    lower upper trim ltrim rtrim replace substr urldecode spath tostring tonumber printf strftime strptime relative_time
    now time round floor ceiling abs exact sqrt pow exp ln log max min random md5 sha1 sha256 sha512 commands
    json_object json_extract json_array mvreverse ipmask""".split()
)


def fields(text, report):
    """The names, in order; `report` is told of functions that eval does not have."""
    for token in TOKEN.finditer(text):
        name = token["name"]
        if token["quoted"]:
            yield token["quoted"]
        elif name and token["call"]:
            if name.lower() not in FUNCTIONS | KEYWORDS:
                report(f"{name}() is no function of eval")
        elif name and name.lower() not in KEYWORDS:
            yield name
