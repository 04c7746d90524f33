"""One search: getinfo-only instances, then the session that carries the events."""

import dataclasses
import json
import os
import pathlib
import re
import secrets
import time
import urllib.parse

from . import checks, reporting
from .child import BadHeader, Child
from .events import PLAIN_FIELDS
from .verdict import INVALID_RESULT, LOG_STDERR, SCRIPT_NOT_FOUND, SETUP_ERROR, Breach, CommandError, exit_text
from .wire import encode_body, frame

APP = COMMAND = "directvm"
LINK = "directvmlink"
GETINFO_SECONDS = 1.0
TOKEN = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s"])+', re.DOTALL)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
# Libraries that Splunk puts before the system's in the search path; a static command never opens them.
JUNK_LIBRARIES = ("libssl.so.3", "libssl.so.1.1", "libcrypto.so.3", "libcrypto.so.1.1")


@dataclasses.dataclass
class Search:
    launcher: pathlib.Path
    options: str
    rows: list
    home: pathlib.Path
    dispatch: pathlib.Path
    probes: int = 3
    chunk_rows: int = 2500
    select: bool = True
    timeout: float = 30.0
    command: str = COMMAND
    session_key: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(48))
    sid: str = dataclasses.field(default_factory=lambda: f"{int(time.time())}.{secrets.randbelow(1000)}")
    messages: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)


def run(search):
    """Returns the rows that the search has after the command. Raises `CommandError` or `Breach`."""
    try:
        return run_command(search)
    except (CommandError, Breach) as fault:
        fault.command = search.command
        raise


def run_command(search):
    if not search.launcher.is_file():
        raise Breach(f"{search.launcher} is not a file", SCRIPT_NOT_FOUND.format(search.launcher.name))
    environment = prepare_home(search.home)
    promised = [probe(search, environment, number) for number in range(search.probes)]
    with Child(search.launcher, environment, search.timeout) as child:
        reply = ask_getinfo(search, child, search.messages, False, str(search.dispatch))
        for other in promised:
            same = all(other.get(key) == reply.get(key) for key in ("type", "required_fields"))
            checks.expect(same, "getinfo replies differ between instances of one search")
        merged = respond(search, child, reply)
        close(search, child)
    check_recordings(search)
    return merged


def prepare_home(home):
    """A SPLUNK_HOME whose libraries would break a command that is not linked statically."""
    library = home / "lib"
    library.mkdir(parents=True, exist_ok=True)
    for name in JUNK_LIBRARIES:
        (library / name).write_bytes(b"no library\n")
    return os.environ | {"SPLUNK_HOME": str(home), "LD_LIBRARY_PATH": str(library)}


def probe(search, environment, number):
    """Runs an instance that gets getinfo and then the end of its input; Splunk's search parser starts several."""
    before = sorted(os.listdir(search.launcher.parent))
    with Child(search.launcher, environment, search.timeout) as child:
        reply = ask_getinfo(search, child, [], True, str(search.dispatch) if number else "")
        seconds = close(search, child)
    slow = f"getinfo-only instance {number + 1} took {seconds:.2f} s; search parsing waits for it"
    checks.expect(seconds < GETINFO_SECONDS, slow)
    left = set(os.listdir(search.launcher.parent)).difference(before)
    checks.expect(not left, f"a getinfo-only instance left files beside the command: {', '.join(sorted(left))}")
    return reply


def ask_getinfo(search, child, messages, restart, dispatch):
    request = frame(getinfo(search, restart, dispatch))
    reply, body = exchange(search, child, request, checks.GETINFO_KEYS, SETUP_ERROR)
    checks.check_getinfo(reply, body)
    end_on_error(search, child, reply)
    checks.take_messages(reply, messages)
    return reply


def getinfo(search, restart, dispatch):
    """The request in the key order of Splunk 8.2.1, without blanks."""
    raw_args = TOKEN.findall(search.options)
    searchinfo = {
        "args": [parsed_argument(token) for token in raw_args],
        "raw_args": raw_args,
        "dispatch_dir": dispatch,
        "sid": search.sid,
        "app": APP,
        "owner": "admin",
        "username": "admin",
        "session_key": search.session_key,
        "splunkd_uri": "https://127.0.0.1:8089",
        "splunk_version": "8.2.1",
        "search": urllib.parse.quote(f"search index=* | {search.command} {search.options}".strip(), safe=""),
        "command": search.command,
        "maxresultrows": 50000,
        "earliest_time": "0",
        "latest_time": str(int(time.time())),
    }
    request = {"action": "getinfo", "preview": False, "streaming_command_will_restart": restart, "searchinfo": searchinfo}
    return json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")


def parsed_argument(token):
    """Unquotes as Splunk does: removes the outer quotes, and the backslash of `\\"` and `\\\\` only."""
    return QUOTED.sub(lambda quoted: re.sub(r'\\(["\\])', r"\1", quoted[1]), token)


def balanced(options):
    """Whether Splunk's parser accepts this option text."""
    return TOKEN.sub("", options).strip() == ""


def exchange(search, child, request, keys, shown):
    """One request, one reply."""
    early = child.send(request)
    try:
        metadata, body = child.read_reply()
    except BadHeader as fault:
        raise Breach(str(fault), shown) from None
    reply = checks.parse_metadata(metadata, keys, shown)
    if early and "error" not in reply:
        raise Breach(f"the command wrote before the end of request {child.requests}, or more than one reply before", shown)
    if search.session_key.encode() in metadata + body:
        raise Breach(f"reply {child.requests} contains the session key")
    return reply, body


def end_on_error(search, child, reply):
    if "error" in reply:
        close(search, child, failed=True)
        raise CommandError(reply["error"])


def respond(search, child, info):
    """The rows that the search has after the command."""
    if info.get("type") != "reporting":
        return stream(search, child, info)
    known = list(dict.fromkeys(name for row in search.rows for name in row))
    return reporting.collect(search, lambda request: execute(search, child, request), columns(search, info, known)[0])


def execute(search, child, request):
    """One execute request; returns the reply's metadata and body."""
    reply, answer = exchange(search, child, request, checks.EXECUTE_KEYS, INVALID_RESULT)
    checks.check_error(reply, INVALID_RESULT)
    end_on_error(search, child, reply)
    checks.take_messages(reply, search.messages)
    return reply, answer


def stream(search, child, info):
    """Sends all chunks, one after the other. Returns the merged events."""
    merged, known = [], [name for name in PLAIN_FIELDS if not search.rows or name in search.rows[0]]
    for rows, finished in chunks(search):
        known += [name for name in dict.fromkeys(name for row in rows or [] for name in row) if name not in known]
        merged += send_chunk(search, child, info, known, rows, finished)
    return merged


def chunks(search):
    """Yields (rows, finished) as in real sessions: a header only, an empty one, full ones, at last a header only."""
    yield [], False
    yield None, False
    for start in range(0, len(search.rows), search.chunk_rows):
        yield search.rows[start:start + search.chunk_rows], False
    yield [], True


def send_chunk(search, child, info, known, rows, finished):
    names, indexed = columns(search, info, known)
    body = b"" if rows is None else chunk_body(names, indexed, rows)
    metadata = json.dumps({"action": "execute", "finished": finished}, separators=(",", ":")).encode()
    reply, answer = execute(search, child, frame(metadata, body))
    checks.check_execute(reply, finished)
    if rows and not answer and not search.notes:
        empty = f"reply {child.requests} has no body at all for {len(rows)} rows"
        search.notes.append(f"{empty}; a header alone is the safe way to keep none")
    return (checks.merge_selected if indexed else checks.merge_all)(rows or [], names, answer)


def columns(search, info, known):
    """Returns (columns to send, whether to add `_chunked_idx`), from the getinfo reply."""
    wanted = list(dict.fromkeys(info.get("required_fields") or ["*"]))
    kind = info.get("type", "streaming")
    if not search.select or "*" in wanted or kind == "events":
        return known, False
    return wanted, kind != "reporting"


def chunk_body(names, indexed, rows):
    if not indexed:
        return encode_body(names, rows)
    numbered = [row | {checks.INDEX: [str(number)]} for number, row in enumerate(rows)]
    return encode_body([*names, checks.INDEX], numbered)


def close(search, child, failed=False):
    """Ends the input; no output may follow, stderr must be empty. Returns the seconds alive."""
    code, rest, seconds = child.finish()
    if rest:
        raise Breach(f"{len(rest)} bytes on stdout after the last reply: {rest[:80]!r}", INVALID_RESULT)
    lines = child.stderr_lines()
    if lines:
        leak = " and the session key is in it" if any(search.session_key in line for line in lines) else ""
        raise Breach(f"stderr must stay empty{leak}", logged=[LOG_STDERR.format(line) for line in lines[:20]])
    if code and not (failed and code == 1):
        raise Breach(f"exit status {code} after the end of the input", exit_text(code))
    return seconds


def check_recordings(search):
    """No file that the command left in the dispatch directory may contain the session key."""
    for path in search.dispatch.iterdir():
        if path.is_file() and search.session_key.encode() in path.read_bytes():
            raise Breach(f"{path.name} in the dispatch directory contains the session key")
