"""Runs the app's launcher under every POSIX shell of this machine, also from unusual folders and with broken installations.

usage: validate_launcher.py
"""

import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile
import unittest

LAUNCHER = pathlib.Path(__file__).resolve().parent.parent / "splunk_app" / "bin" / "directvm"
HERE = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
GETINFO = b'chunked 1.0,20,0\n{"action":"getinfo"}'
# Prints its name and arguments, then copies its input.
PROGRAM = '#!/bin/sh\nprintf "%s\\n" "ran ${0##*/}" "$@"\ncat\nexit 7\n'


def shells():
    """Command prefixes; the empty one uses the #! line."""
    found = [[]]
    for words in (["dash"], ["bash", "--posix"], ["busybox", "sh"], ["ksh"], ["mksh"], ["yash"]):
        path = shutil.which(words[0])
        if path:
            found.append([path, *words[1:]])
    return found


def takes_its_own_uname(shell):
    """Whether the shell prefers its own uname to that in PATH, as some builds of busybox do."""
    command = [*(shell or ["/bin/sh"]), "-c", "uname"]
    return subprocess.run(command, env={"PATH": "/nowhere"}, capture_output=True, check=False).returncode == 0


class Launcher(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="a launcher's ")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.bin = self.root / "an app" / "bin"
        self.bin.mkdir(parents=True)
        self.launcher = self.bin / "directvm"
        shutil.copy(LAUNCHER, self.launcher)
        self.launcher.chmod(0o755)

    def add_program(self, machine=HERE, mode=0o755):
        program = self.bin / f"directvm-{machine}"
        program.write_text(PROGRAM, encoding="utf-8")
        program.chmod(mode)

    def path_with_uname(self, answer):
        """Returns a PATH with a uname that gives this answer, and with the few tools that PROGRAM and the launcher use."""
        tools = self.root / "tools"
        tools.mkdir(exist_ok=True)
        for tool in ("cat", "dd"):
            if not (tools / tool).exists():
                (tools / tool).symlink_to(shutil.which(tool))
        (tools / "uname").write_text(f"#!/bin/sh\ncat <<END\n{answer}\nEND\n", encoding="utf-8")
        (tools / "uname").chmod(0o755)
        return str(tools)

    def each_shell(self, *arguments, launcher=None, cwd=None, sent=GETINFO, **env):
        for shell in shells():
            if "PATH" in env and takes_its_own_uname(shell):
                continue
            command = [*shell, launcher or str(self.launcher), *arguments]
            yield subprocess.run(
                command, input=sent, capture_output=True, cwd=cwd, env={**os.environ, **env}, timeout=60, check=False
            )

    def assert_ran(self, done, machine, *arguments, sent=GETINFO):
        said = "\n".join([f"ran directvm-{machine}", *arguments, ""]).encode() + sent
        self.assertEqual((done.stdout, done.returncode), (said, 7), done)

    def assert_error(self, done, pattern):
        header, _, body = done.stdout.partition(b"\n")
        self.assertEqual(header, b"chunked 1.0,%d,0" % len(body), done)
        reply = json.loads(body)
        self.assertIs(reply["finished"], True)
        self.assertEqual(reply["inspector"]["messages"], [["ERROR", reply["error"]]])
        self.assertRegex(reply["error"], pattern)
        self.assertEqual((done.returncode, done.stderr), (1, b""), done.args)

    def test_runs_the_program_of_this_machine_with_its_arguments_and_its_input(self):
        self.add_program()
        for done in self.each_shell("scan", "a  b", "", "$HOME"):
            self.assert_ran(done, HERE, "scan", "a  b", "", "$HOME")

    def test_runs_from_any_folder_however_it_is_called(self):
        self.add_program()
        places = [("./directvm", self.bin), ("bin/directvm", self.bin.parent), ("../bin/directvm", self.bin)]
        for launcher, cwd in places:
            for done in self.each_shell(launcher=launcher, cwd=cwd):
                self.assert_ran(done, HERE)

    def test_splunkds_library_path_does_not_reach_uname(self):
        self.add_program("aarch64")
        path = self.path_with_uname("Linux ${LD_LIBRARY_PATH:-arm64}")
        for done in self.each_shell(PATH=path, LD_LIBRARY_PATH="/opt/splunk/lib"):
            self.assert_ran(done, "aarch64")

    def test_other_names_of_the_machines(self):
        for name, machine in (("amd64", "x86_64"), ("arm64", "aarch64"), ("aarch64", "aarch64"), ("x86_64", "x86_64")):
            self.add_program(machine)
            path = self.path_with_uname(f"Linux {name}")
            for done in self.each_shell(PATH=path):
                self.assert_ran(done, machine)

    def test_does_without_uname(self):
        self.add_program()
        tools = pathlib.Path(self.path_with_uname("none"))
        (tools / "uname").unlink()
        for done in self.each_shell(PATH=str(tools)):
            self.assert_ran(done, HERE)

    def test_missing_program_is_one_readable_error(self):
        for done in self.each_shell():
            self.assert_error(done, rf"machine type {re.escape(HERE)}: bin/directvm-{re.escape(HERE)} is missing")

    def test_program_without_its_mode_is_one_readable_error(self):
        self.add_program(mode=0o644)
        for done in self.each_shell():
            self.assert_error(done, "not executable")

    def test_unknown_machine_is_one_readable_error(self):
        self.add_program()
        for answer, named in (("Linux riscv64", "riscv64"), ("Darwin arm64", "Darwin arm64"), ('Linux a"\\\\b', "unknown")):
            path = self.path_with_uname(answer)
            for done in self.each_shell(PATH=path):
                self.assert_error(done, f"machine type {named}:")

    def test_a_broken_request_gets_the_same_error(self):
        for sent in (b"hello\n", b"chunked 1.0,99999999999999999999999,0\n{}", b"chunked 1.0,-1,x\n", b"chunked 1.0,500,0\n{}"):
            for done in self.each_shell(sent=sent):
                self.assert_error(done, "is missing")

    def test_says_nothing_where_splunkd_asked_nothing(self):
        for done in self.each_shell(sent=b""):
            self.assertEqual((done.stdout, done.stderr, done.returncode), (b"", b"", 0), done.args)

    def test_a_person_gets_the_text_without_the_protocol(self):
        for done in self.each_shell("--version"):
            self.assertEqual((done.stdout, done.returncode), (b"", 1), done)
            self.assertRegex(done.stderr, rb"\Adirectvm: .* is missing .*\n\Z")


if __name__ == "__main__":
    unittest.main()
