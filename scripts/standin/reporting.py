"""A command of type reporting: it gets all rows, in the fields that it named, and answers with rows of its own."""

import json

from . import checks
from .verdict import INVALID_RESULT, Breach
from .wire import encode_body, frame

# Empty requests that may be answered without rows before the command is said to hang.
MAX_IDLE = 100


def collect(search, exchange, wanted):
    """Sends all rows, then empty requests until the command has finished. Returns its rows.

    `exchange` sends a request and returns the metadata and the body of its reply; `wanted` are the columns to send.
    """
    requests = [encode_body(wanted, [])]
    for start in range(0, len(search.rows), search.chunk_rows):
        requests.append(encode_body(wanted, search.rows[start:start + search.chunk_rows]))
    result = []
    for body in requests:
        reply, answer = exchange(request(False, body))
        checks.check_execute(reply, False)
        result += rows_of(answer)
    idle = 0
    while True:
        reply, answer = exchange(request(True))
        checks.check_last(reply)
        rows = rows_of(answer)
        result += rows
        if reply.get("finished"):
            return result
        idle = 0 if rows else idle + 1
        if idle > MAX_IDLE:
            raise Breach(f"{idle} replies without rows after the end of the input, and not finished", INVALID_RESULT)


def request(finished, body=b""):
    metadata = json.dumps({"action": "execute", "finished": finished}, separators=(",", ":")).encode()
    return frame(metadata, body)


def rows_of(answer):
    """The rows of a reply, which are the result."""
    return checks.decode_body(answer)[1] if answer else []
