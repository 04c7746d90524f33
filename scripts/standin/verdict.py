"""How a search fails: an error of the command, or a breach of the protocol, in splunkd's words."""

# messages.conf of Splunk 8.2, stanza [CHUNKED].
SETUP_ERROR = "Invalid message received from external search command during setup, see search.log."
INVALID_RESULT = "Invalid message received from external search command during search, see search.log."
MERGE_ERROR = "Invalid '_chunked_idx' from external search process: out of range or out of order."
WRITE_ERROR = "Failed to send message to external search command, see search.log."
NON_ZERO_EXIT = "External search command exited unexpectedly with non-zero error code {}."
UNEXPECTED_EXIT = "External search command exited unexpectedly."
SCRIPT_NOT_FOUND = "Could not find file: '{}'."

# Lines that only search.log shows.
LOG_EOF = "EOF while attempting to read transport header read_size=0"
LOG_BUFFER_FULL = "Failure writing result chunk, buffer full. External process possibly failed to read its stdin."
LOG_METADATA = "Unsupported metadata field sent by custom search command: {}"
LOG_INSPECTOR = "Error adding inspector message: invalid level or message already exists"
LOG_TYPE = "Invalid custom search command type: {}"
LOG_STDERR = "ERROR ChunkedExternProcessor - stderr: {}"


class CommandError(Exception):
    """The command sent an `error`: its text, as the user of the search reads it."""

    command = ""


class Breach(Exception):
    """The command broke the protocol. `shown` is the user's banner, `logged` what search.log gets."""

    command = ""

    def __init__(self, why, shown="", logged=()):
        super().__init__(why)
        self.shown = shown
        self.logged = (logged,) if isinstance(logged, str) else tuple(logged)

    def lines(self, command):
        if self.shown:
            yield f"Error in '{command}' command: {self.shown}"
        for line in self.logged:
            yield f"search.log: {line}"
        yield f"stand-in: {self}"


def exit_text(code):
    return NON_ZERO_EXIT.format(code) if code > 0 else UNEXPECTED_EXIT
