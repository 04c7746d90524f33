"""Linking findings, measured beside the command that made them."""

import dataclasses
import json
import re
import time

import drive

HEAD = re.compile(rb"chunked 1\.0,(\d+),(\d+)\n")


@dataclasses.dataclass
class Linked:
    """Of one run: seconds from the first chunk to the last reply, and bytes of memory."""

    wall: float
    peak: int


def bodies(replies):
    """The bodies of the frames in a file, without that of getinfo."""
    found, at = [], 0
    while at < len(replies):
        head = HEAD.match(replies, at)
        begin = head.end() + int(head[1])
        at = begin + int(head[2])
        found.append(replies[begin:at])
    return found[1:]


def findings(command, arguments, stream, path):
    """The chunks that the command makes of a stream in which every event is a finding."""
    with open(path, "wb") as file:
        made = drive.run(command, arguments, stream, keep=file)
    return made, bodies(path.read_bytes())


def opened(program, buffer):
    """An instance of directvmlink that has answered getinfo."""
    info = json.loads(drive.getinfo([]).split(b"\n", 1)[1])
    info["searchinfo"]["command"] = "directvmlink"
    child = drive.Child([program])
    child.send(memoryview(frame(info)))
    child.reply(buffer)
    return child


def link(program, chunks):
    """One search of directvmlink over these chunks."""
    buffer = memoryview(bytearray(1 << 20))
    child = opened(program, buffer)
    start = time.monotonic()
    for chunk in chunks:
        child.send(memoryview(frame({"action": "execute", "finished": False}, chunk)))
        child.reply(buffer)
    # splunkd asks until the command says that it has finished: 50,000 rows a reply.
    for _ in range(len(chunks)):
        child.send(memoryview(frame({"action": "execute", "finished": True})))
        child.reply(buffer)
    linked = Linked(time.monotonic() - start, child.peak())
    child.end()
    return linked


def frame(metadata, body=b""):
    text = json.dumps(metadata).encode()
    return b"chunked 1.0,%d,%d\n" % (len(text), len(body)) + text + body
