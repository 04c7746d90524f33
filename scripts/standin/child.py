"""One running instance of the command: real pipes, a deadline on every step, no process left behind."""

import os
import re
import select
import subprocess
import threading
import time

from .verdict import LOG_BUFFER_FULL, LOG_EOF, LOG_STDERR, WRITE_ERROR, Breach, exit_text
from .wire import HEADER

LONGEST_HEADER = 64
LISTENED_REQUESTS = 20
LISTEN_SECONDS = 0.01
# Headers that splunkd's reader accepts although they are not strict; the report says so.
LOOSE_HEADER = re.compile(rb"\s*chunked\s+1\.0\s*,\s*\d+\s*,\s*\d+\s*\n")


class Late(Exception):
    """A step took longer than its deadline."""


def within(seconds, work):
    """Runs `work` in its own thread and returns its result; a deadlock raises `Late`."""
    outcome = []

    def attempt():
        try:
            outcome.append((work(), None))
        except BaseException as fault:  # raised again in the caller's thread
            outcome.append((None, fault))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise Late
    result, fault = outcome[0]
    if fault is not None:
        raise fault
    return result


class Child:
    """For a `with` block: the command is ended on leaving it."""

    def __init__(self, launcher, environment, timeout):
        self.timeout = timeout
        self.requests = 0
        self.stderr = bytearray()
        self.header = bytearray()
        self.born = time.monotonic()
        self.running = start(launcher, environment)
        self.stdin = self.running.stdin.fileno()
        self.stdout = self.running.stdout.fileno()
        self.listener = threading.Thread(target=self._collect_stderr, daemon=True)
        self.listener.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.running.poll() is None:
            self.running.kill()
            self.running.wait()
        self._close_stdin()
        self.listener.join(1)
        if not self.listener.is_alive():
            self.running.stdout.close()
            self.running.stderr.close()

    def _collect_stderr(self):
        for piece in iter(lambda: os.read(self.running.stderr.fileno(), 65536), b""):
            self.stderr += piece

    def _close_stdin(self):
        try:
            self.running.stdin.close()
        except OSError:
            pass

    def send(self, request):
        """Writes a whole request. Returns whether the command wrote, or stopped reading, before its end."""
        self.requests += 1
        try:
            within(self.timeout, lambda: self._write(request[:-1]))
            early = self._speaks()
            within(self.timeout, lambda: self._write(request[-1:]))
        except Late:
            why = f"request {self.requests} ({len(request)} bytes) was not read within {self.timeout:g} s"
            hint = "; the command is writing before it has read the whole request" if self._speaks() else ""
            raise Breach(why + hint, WRITE_ERROR, LOG_BUFFER_FULL) from None
        except OSError:
            if not self._speaks():
                raise self.death("closed its stdin", WRITE_ERROR, ()) from None
            return True
        return early

    def _write(self, piece):
        view = memoryview(piece)
        while view:
            view = view[os.write(self.stdin, view):]

    def _speaks(self):
        """Whether its stdout has bytes or its end; Windows pipes cannot be polled."""
        if os.name != "posix":
            return False
        wait = LISTEN_SECONDS if self.requests <= LISTENED_REQUESTS else 0
        return bool(select.select([self.stdout], [], [], wait)[0])

    def read_reply(self):
        """Returns (metadata, body) of the one reply to the request just sent."""
        try:
            return within(self.timeout, self._read_frame)
        except Late:
            begun = f"; it begins {bytes(self.header)!r}" if self.header else ""
            raise Breach(f"no complete reply to request {self.requests} within {self.timeout:g} s{begun}") from None
        except EOFError as fault:
            raise self.death(f"ended its output {fault} of reply {self.requests}", "", LOG_EOF) from None

    def _read_frame(self):
        header = self._read_header()
        lengths = HEADER.fullmatch(header)
        if lengths is None:
            spelling = "not the strict form" if LOOSE_HEADER.fullmatch(header) else "no frame header"
            raise BadHeader(f"reply {self.requests} starts with {bytes(header)!r}: {spelling}")
        return self._read_exactly(int(lengths[1]), "in the metadata"), self._read_exactly(int(lengths[2]), "in the body")

    def _read_header(self):
        header = self.header = bytearray()
        while not header.endswith(b"\n") and len(header) < LONGEST_HEADER:
            piece = os.read(self.stdout, 1)
            if not piece:
                raise EOFError("before the header" if not header else "in the header")
            header += piece
        return header

    def _read_exactly(self, count, where):
        content = bytearray()
        while len(content) < count:
            piece = os.read(self.stdout, min(count - len(content), 1 << 20))
            if not piece:
                raise EOFError(f"{where} ({len(content)} of {count} bytes)")
            content += piece
        return bytes(content)

    def death(self, what, otherwise, logged):
        """The report on a command that ended in the middle of an exchange."""
        try:
            code = self.running.wait(min(self.timeout, 2))
        except subprocess.TimeoutExpired:
            return Breach(f"the command {what} but keeps running", otherwise, logged)
        lines = [logged] if isinstance(logged, str) else []
        lines += [LOG_STDERR.format(line) for line in self.stderr_lines()]
        return Breach(f"the command {what} and ended with status {code}", exit_text(code), lines)

    def finish(self):
        """Ends the session: closes stdin, reads the rest of stdout, waits. Returns (exit status, rest, seconds alive)."""
        self._close_stdin()
        try:
            rest = within(self.timeout, lambda: self._read_rest())
            code = self.running.wait(self.timeout)
        except (Late, subprocess.TimeoutExpired):
            raise Breach(f"the command still runs {self.timeout:g} s after the end of its input") from None
        return code, rest, time.monotonic() - self.born

    def _read_rest(self):
        return b"".join(iter(lambda: os.read(self.stdout, 65536), b""))

    def stderr_lines(self):
        self.listener.join(2)
        return self.stderr.decode("utf-8", "backslashreplace").splitlines()


class BadHeader(Exception):
    """The reply does not start with a strict frame header."""


def start(launcher, environment):
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            [str(launcher)], cwd=launcher.parent, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0
        )
    except OSError as fault:
        raise Breach(f"the child failed to start: {fault}") from None
