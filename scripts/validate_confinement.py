#!/usr/bin/env python3
"""Checks the promises of SECURITY.md with strace: no network, no other program, no file but those it may open, no writing
but to its standard output and, where one was asked for, into its recording.

usage: validate_confinement.py [FOLDER]      the unpacked app, build/directvm unless named
"""

import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
STANDIN = HERE / "splunkd_standin.py"
EVENTS = HERE.parent / "tests/demo"

# What every static program and its C library read of the machine.
MACHINE = re.compile(r"/proc/self/(maps|cgroup|exe)|/sys/fs/cgroup/[\w./]*|/dev/null")
# System calls that create, connect to or name something outside the process.
FORBIDDEN = re.compile(
    r"^(execve|execveat|socket|socketpair|connect|bind|listen|accept4?|sendto|sendmsg|recvfrom|recvmsg|fork|vfork|clone3?|ptrace|"
    r"unlink(at)?|rename(at2?)?|mkdir(at)?|rmdir|link(at)?|symlink(at)?|truncate|ftruncate|f?chmod(at)?|f?chown(at)?|"
    r"setuid|setgid|mount|kill|tgkill|prctl)\("
)
# A thread of the same process is not another program.
THREAD = re.compile(r"^clone3?\(.*CLONE_THREAD.*= (\d+)$")
# Newer versions of strace say which folder AT_FDCWD stands for.
FOLDER = r"(?:AT_FDCWD(?:<[^>]*>)?, )?"
OPEN = re.compile(r'^(?:open|openat|openat2|creat)\(' + FOLDER + r'"((?:[^"\\]|\\.)*)"(.*)\)\s+= (-?\d+)')
RENAME = re.compile(r"^rename(?:at2?)?\(" + FOLDER + r'"([^"]*)", ' + FOLDER + r'"([^"]*)"')
REMOVE = re.compile(r"^unlink(?:at)?\(" + FOLDER + r'"([^"]*)"')
WRITE = re.compile(r"^(?:p?writev?(?:64)?2?|sendfile|splice|copy_file_range)\((\d+)<([^>]*)>")


def install_strace():
    if not shutil.which("strace") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "strace"], check=True, stdout=subprocess.DEVNULL)
    if not shutil.which("strace"):
        sys.exit("validate_confinement: strace is needed: install it (Debian: strace)")


class Case:
    """One way of running the program, and what it may open and write besides standard streams. What it `replaces` is written
    beside its place, under a name that begins with `.directvm-`, and moved there, or removed again."""

    def __init__(self, name, command, reads=(), writes=(), replaces=None, stdin=None, status=(0,)):
        self.name = name
        self.command = [str(word) for word in command]
        self.reads = [str(path) for path in reads]
        self.writes = [str(path) for path in writes]
        self.replaces = str(replaces or "")
        self.stdin = stdin
        self.status = status


def traced(case, program, scratch):
    """The system calls after the start of the program."""
    logs = scratch / f"trace {case.name}"
    logs.mkdir()
    # One file for each process: calls of several would be interleaved.
    words = ["strace", "-ff", "-y", "-s", "4096", "-o", str(logs / "of"), *case.command]
    with open(case.stdin or os.devnull, "rb") as stdin:
        ran = subprocess.run(words, stdin=stdin, capture_output=True, timeout=120, check=False)
    if ran.returncode not in case.status:
        sys.exit(f"validate_confinement: {case.name}: exit status {ran.returncode}: {ran.stderr[-400:]!r}")
    lines = {log.suffix[1:]: log.read_text(errors="replace").splitlines() for log in logs.iterdir()}
    calls, threads = [], []
    for process in lines.values():
        starts = [at for at, call in enumerate(process) if call.startswith(f'execve("{program}"') and call.endswith("= 0")]
        if starts:
            calls += process[starts[-1] + 1 :]
    for call in calls:
        thread = THREAD.match(call)
        if thread:
            threads += lines.get(thread[1], [])
    if not calls:
        sys.exit(f"validate_confinement: {case.name}: the trace has no {program}")
    return calls + threads


def faults(case, calls):
    found = []
    for call in calls:
        if FORBIDDEN.match(call) and not THREAD.match(call) and not replaces(case, call):
            found.append(f"a call that it never makes: {call[:200]}")
        opened = OPEN.match(call)
        if opened:
            found.extend(wrong_open(case, *opened.groups()))
        written = WRITE.match(call)
        if written and not may_write(case, int(written[1]), written[2]):
            found.append(f"it writes to descriptor {written[1]}, {written[2]}: {call[:120]}")
    return found


def replaces(case, call):
    removed = REMOVE.match(call)
    if removed:
        return is_beside(case, removed[1])
    renamed = RENAME.match(call)
    return renamed and is_beside(case, renamed[1]) and renamed[2] == case.replaces


def is_beside(case, path):
    folder, _, name = path.rpartition("/")
    return bool(case.replaces) and folder == case.replaces.rpartition("/")[0] and name.startswith(".directvm-")


def wrong_open(case, path, flags, result):
    may_write_it = re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND", flags)
    allowed = case.writes if may_write_it else case.reads + case.writes
    if (MACHINE.fullmatch(path) and not may_write_it) or is_beside(case, path):
        return
    if not any(path == known or path.startswith(known + "/") for known in allowed):
        yield f"it opens {path} ({'to write' if may_write_it else 'to read'}, result {result})"


def may_write(case, descriptor, target):
    is_stream = descriptor == 1 or target.startswith("pipe:")
    return is_stream or is_beside(case, target) or any(target == known or target.startswith(known + "/") for known in case.writes)


def cases(app, program, scratch):
    launcher, lookups = app / "bin/directvm", app / "lookups"
    dispatch = scratch / "dispatch"
    dispatch.mkdir()
    events = next(EVENTS.glob("*.jsonl"), None) or next(EVENTS.iterdir())
    standin = [sys.executable, STANDIN, "--events", events, "--probes", "1", "--launcher"]
    search = [*standin, launcher]
    list_ = lookups / "directvm_tuning.csv"
    report = scratch / "report.html"
    yield Case("a search", search, reads=[list_])
    yield Case("a search without a list", [*search, "--options", "tuning=none mode=filter scope=extended"])
    yield Case("a search that is wrong", [*search, "--options", "tuning=../../etc/passwd"], status=(1,))
    recorded = [*search, "--options", "record=case distributed=f", "--dispatch", dispatch]
    yield Case("a recorded search", recorded, reads=[list_, dispatch], writes=[dispatch / "case.dvmrec"])
    yield Case("replay", [program, "replay", dispatch / "case.dvmrec", "--run"], reads=[dispatch])
    yield Case("scan", [program, "scan", events, "--format", "jsonl"], reads=[events])
    scanned = [program, "scan", EVENTS, "--report", report, "--threads", "2"]
    yield Case("scan with a report", scanned, reads=[EVENTS, report], replaces=report)
    yield Case("catalogue", [program, "catalogue", "--format", "json"])


def self_test():
    """Checks the checker: forbidden calls are reported, allowed ones are not."""
    case = Case("itself", [], reads=["/app/lookups/a.csv"], writes=["/dispatch/1/case.dvmrec"], replaces="/home/me/a.html")
    wrong = [
        'socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3<TCP:[1]>',
        'execve("/bin/sh", ["sh"], 0x7ffc /* 1 var */) = 0',
        "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD) = 77",
        'openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3</etc/passwd>',
        'openat(AT_FDCWD, "/app/lookups/b.csv", O_RDONLY) = -1 ENOENT (No such file or directory)',
        'openat(AT_FDCWD, "/app/lookups/a.csv", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</app/lookups/a.csv>',
        'write(3</tmp/stray>, "a", 1) = 1',
        'write(2</dev/tty>, "a", 1) = 1',
        'unlink("/app/lookups/a.csv") = 0',
        'openat(AT_FDCWD</opt>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3</etc/passwd>',
        'openat(AT_FDCWD</opt>, "/home/me/b.html", O_RDWR|O_CREAT|O_EXCL, 0666) = 3</home/me/b.html>',
        'renameat(AT_FDCWD</opt>, "/home/me/a.html", AT_FDCWD</opt>, "/home/me/b.html") = 0',
        'unlink("/home/me/a.html") = 0',
        'unlink("/home/you/.directvm-x") = 0',
        'rename("/home/me/.directvm-x", "/home/me/b.html") = 0',
    ]
    right = [
        'openat(AT_FDCWD, "/app/lookups/a.csv", O_RDONLY|O_CLOEXEC) = 3</app/lookups/a.csv>',
        'write(4<pipe:[7]>, "chunked 1.0,18,0", 16) = 16',
        'write(5</dispatch/1/case.dvmrec>, "DVMREC", 6) = 6',
        'openat(AT_FDCWD</opt>, "/home/me/.directvm-x", O_RDWR|O_CREAT|O_EXCL, 0666) = 3</home/me/.directvm-x>',
        'write(3</home/me/.directvm-x>, "<!doctype", 9) = 9',
        'unlinkat(AT_FDCWD</opt>, "/home/me/.directvm-x", 0) = 0',
        'renameat(AT_FDCWD</opt>, "/home/me/.directvm-x", AT_FDCWD</opt>, "/home/me/a.html") = 0',
        "clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_SETTLS, stack=0x7f}, 88) = 78",
    ]
    for call in wrong:
        if len(faults(case, [call])) != 1:
            sys.exit(f"validate_confinement: this is not reported: {call}")
    for call in right:
        if faults(case, [call]):
            sys.exit(f"validate_confinement: this is allowed: {call}")


def main():
    self_test()
    app = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/directvm").resolve()
    program = app / "bin" / f"directvm-{platform.machine()}"
    install_strace()
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder).resolve()
        for case in cases(app, program, scratch):
            found = faults(case, traced(case, program, scratch))
            bad += len(found)
            print(f"{case.name}: {'confined' if not found else ''}")
            for fault in found:
                print(f"  {fault}")
    if bad:
        sys.exit(f"validate_confinement: {bad} faults")


main()
