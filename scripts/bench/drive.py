"""Plays splunkd in lock step over real pipes and measures one instance of a command: wall time from spawn to its end,
user and system time, and the peak of its resident memory."""

import dataclasses
import json
import mmap
import os
import subprocess
import time

READ_AT_ONCE = 1 << 20


class Stream:
    """A file of execute requests, in memory, with the offsets of each."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self.frames = []
        at = 0
        while at < len(self.bytes):
            line_end = self.bytes.find(b"\n", at) + 1
            _, metadata, body = self.bytes[at:line_end].split(b",")
            end = line_end + int(metadata) + int(body)
            self.frames.append((at, end))
            at = end
        # Touches every page once, so that the first run does not pay for reading the file.
        self.checked = sum(self.bytes[i] for i in range(0, len(self.bytes), 4096))
        self.largest = max(end - start for start, end in self.frames)


def generated(peers, folder, layout, rate, rows, chunk, seed):
    """A stream that the peers generate, with findings in `rate` of 100,000 rows."""
    path = folder / "stream"
    command = [peers, "generate", layout, rate, rows, chunk, seed, path]
    subprocess.run([str(word) for word in command], check=True)
    stream = Stream(path)
    path.unlink()
    return stream


@dataclasses.dataclass
class Run:
    """Measurements of one instance: seconds, and bytes."""

    wall: float
    answered: float
    user: float
    system: float
    peak: int
    replied: int

    @property
    def cpu(self):
        return self.user + self.system


class Child:
    """An instance of a command at the end of two pipes."""

    def __init__(self, command):
        theirs_in, self.to = os.pipe()
        self.back, theirs_out = os.pipe()
        self.pid = os.posix_spawn(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, theirs_in, 0), (os.POSIX_SPAWN_DUP2, theirs_out, 1)],
        )
        os.close(theirs_in)
        os.close(theirs_out)

    def send(self, view):
        while view:
            view = view[os.write(self.to, view) :]

    def peak(self):
        """High-water mark of this program alone: the kernel's ru_maxrss also counts the image before exec."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) << 10
        return 0

    def end(self):
        os.close(self.to)
        while os.read(self.back, READ_AT_ONCE):
            raise RuntimeError("the command wrote more than one reply to a request")
        os.close(self.back)
        _, status, usage = os.wait4(self.pid, 0)
        if status != 0:
            raise RuntimeError(f"the command ended with status {status}")
        return usage

    def reply(self, buffer, keep=None):
        """Reads one whole reply. Returns its length."""
        head = b""
        while b"\n" not in head:
            piece = os.read(self.back, 1 << 16)
            if not piece:
                raise RuntimeError("the command ended before its reply")
            head += piece
        line, rest = head.split(b"\n", 1)
        _, metadata, body = line.split(b",")
        missing = int(metadata) + int(body) - len(rest)
        if keep:
            keep.write(head)
        while missing > 0:
            got = os.readv(self.back, [buffer[: min(missing, len(buffer))]])
            if got == 0:
                raise RuntimeError("the command ended inside its reply")
            if keep:
                keep.write(buffer[:got])
            missing -= got
        if missing:
            raise RuntimeError("the command wrote more than one reply to a request")
        return int(metadata) + int(body)


def getinfo(arguments):
    """The getinfo request of Splunk 8.2.1."""
    info = {
        "action": "getinfo",
        "preview": False,
        "streaming_command_will_restart": False,
        "searchinfo": {
            "args": arguments,
            "raw_args": arguments,
            "dispatch_dir": "",
            "sid": "1773480413.158",
            "app": "search",
            "owner": "admin",
            "username": "admin",
            "session_key": "",
            "splunkd_uri": "https://127.0.0.1:8089",
            "splunk_version": "8.2.1",
            "search": "search%20index%3Daws_cloudtrail%20%7C%20directvm",
            "command": "directvm",
            "maxresultrows": 50000,
            "earliest_time": "0",
            "latest_time": "1773486053",
        },
    }
    metadata = json.dumps(info, separators=(",", ":")).encode()
    return b"chunked 1.0,%d,0\n%s" % (len(metadata), metadata)


def run(command, arguments, stream, keep=None, frames=None):
    """One search: getinfo, then every chunk of the stream, each answered before the next is sent."""
    buffer = memoryview(bytearray(READ_AT_ONCE))
    view = memoryview(stream.bytes)
    replied = 0
    start = time.perf_counter()
    child = Child(command)
    child.send(memoryview(getinfo(arguments)))
    child.reply(buffer)
    answered = time.perf_counter() - start
    for begin, end in stream.frames[:frames]:
        child.send(view[begin:end])
        replied += child.reply(buffer, keep)
    peak = child.peak()
    usage = child.end()
    wall = time.perf_counter() - start
    return Run(wall, answered, usage.ru_utime, usage.ru_stime, peak, replied)


def in_turn(runs, rounds):
    """Calls each of `runs` once a round, in alternating order. Returns {name: results}."""
    results = {name: [] for name in runs}
    for round_ in range(rounds):
        for name in list(runs) if round_ % 2 == 0 else reversed(list(runs)):
            results[name].append(runs[name]())
    return results


def first_answer(command, request, is_frame):
    """Seconds from spawn to the answer to one request: a reply, or an echoed line."""
    buffer = memoryview(bytearray(READ_AT_ONCE))
    start = time.perf_counter()
    child = Child(command)
    child.send(memoryview(request))
    if is_frame:
        child.reply(buffer)
    else:
        os.read(child.back, 1 << 16)
    took = time.perf_counter() - start
    child.end()
    return took
