"""Installs, upgrades, replicates and removes the packages in an imitated Splunk folder, and searches with the result.

usage: install_test.py PACKAGE.tar.gz [PACKAGE.tar.gz ...]

Packages for Linux run through their launcher. Those for Windows are searched with where scripts/wine.sh finds a wine.
"""

import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.dont_write_bytecode = True

ROOT = pathlib.Path(__file__).resolve().parent.parent
TUNING = "directvm_tuning"
RULE = {"id": "known", "enabled": "true", "cloud": "aws", "action": "expect", "reason": "planned", "owner": "tests"}
# Files that a user has made in the app.
USERS_FILES = {
    "local/macros.conf": "[directvm_aws_index]\ndefinition = index=cloud\n",
    "local/savedsearches.conf": "[Direct cloud VM connection]\ndisabled = 0\n",
    "local/data/ui/views/mine.xml": "<dashboard version=\"1.1\"/>\n",
    "metadata/local.meta": "[]\naccess = read : [ security ]\n",
    "lookups/mine.csv": "a\n1\n",
}


def has_wine():
    return subprocess.run([ROOT / "scripts/wine.sh", "--found"], check=False).returncode == 0


def unpack(package, folder, umask=0o022):
    folder.mkdir(parents=True, exist_ok=True)
    command = ["tar", "--no-same-permissions", "-xzf", package, "-C", folder]
    subprocess.run(command, check=True, preexec_fn=lambda: os.umask(umask))
    return folder / "directvm"


def snapshot(folder):
    """{path: bytes} of every file below the folder, and every folder."""
    paths = sorted(folder.rglob("*"))
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in paths}


def write(app, files):
    for name, text in files.items():
        path = app / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def tuning_list(app):
    """One rule, with the columns that the app's macro names, as an admin writes it."""
    macros = (app / "default/macros.conf").read_text(encoding="utf-8")
    header = re.search(r"(?m)^\[directvm_tuning_columns\]\ndefinition = (.*)$", macros)[1].split()
    out = io.StringIO()
    rows = csv.DictWriter(out, header, lineterminator="\n")
    rows.writeheader()
    rows.writerow(RULE)
    return out.getvalue()


# What an admin of 0.1 had: its own lists, a search that was enabled, and a copy of one.
OLD_LIST = "id,enabled,cloud,operation,access,actor,target,account,src,document,user_agent,action,value,expires,reason,owner\n" \
    "known,true,aws,,,,,,,,,expect,,,planned,tests\n"
OLD_FILES = {
    **USERS_FILES,
    "lookups/directvm_tuning.csv": OLD_LIST,
    "lookups/directvm_first_seen.csv": "actor,target,access,first,last\nkim,i-1,shell_session,1,2\n",
    "local/macros.conf": "[directvm_aws_index]\ndefinition = index=cloud\n\n[directvm_summary_index]\ndefinition = summary\n",
    "local/savedsearches.conf": "[DirectVM - Denied and then allowed]\ndisabled = 0\n\n[Mine]\nsearch = `directvm_events` | directvm | `directvm_fold`\n",
}
GONE_BY_PAGE = re.compile(r"^\s*(grep -rn .*)$", re.MULTILINE)


def make_older(app):
    """Turns the app into what an older version could have left: other defaults, and a file that is no longer shipped."""
    conf = app / "default/app.conf"
    conf.write_text(re.sub(r"(?m)^version = .*$", "version = 0.0.1", conf.read_text(encoding="utf-8")), encoding="utf-8")
    (app / "default/macros.conf").write_text("[old]\ndefinition = old\n", encoding="utf-8")
    for program in (app / "bin").glob("directvm[-.]*"):
        program.write_bytes(b"old")


class Install(unittest.TestCase):
    package = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="a splunk ")
        self.addCleanup(folder.cleanup)
        self.scratch = pathlib.Path(folder.name)
        self.splunk = self.scratch / "splunk"
        self.apps = self.splunk / "etc/apps"
        write(self.splunk, {"etc/apps/search/default/app.conf": "[ui]\n", "etc/users/admin/search/local/x.conf": "[x]\n"})

    def launcher(self, app):
        if not (app / "bin/directvm.exe").exists():
            return app / "bin/directvm"
        if not has_wine():
            return None
        starter = self.scratch / "starter"
        starter.write_text(f'#!/bin/sh\nexec "{ROOT}/scripts/wine.sh" "{app}/bin/directvm.exe"\n', encoding="utf-8")
        starter.chmod(0o755)
        return starter

    def search(self, app, options="mode=filter", events=ROOT / "tests/demo/events.json", further=()):
        """Returns the rows of a search over the sample events; no file may be left in the app's folder."""
        launcher = self.launcher(app)
        if launcher is None:
            self.skipTest("no wine here: the app for Windows is not searched with")
        before = snapshot(app)
        # wine starts too slowly for the instances that must end within a second.
        probes = "0" if launcher.name == "starter" else "3"
        command = [sys.executable, ROOT / "scripts/splunkd_standin.py", "--launcher", launcher, "--events",
            events, "--options", options, "--format", "json", "--probes", probes, *further]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(snapshot(app), before)
        findings = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        self.assertGreater(len(findings), 3, done.stdout + done.stderr)
        return findings, done.stderr

    def assert_rule_applies(self, app):
        findings, said = self.search(app)
        verdicts = {finding["dvm_verdict"] for finding in findings if finding["dvm_cloud"] == "aws"}
        self.assertEqual(verdicts, {"expected"}, said)

    def test_a_fresh_install_finds(self):
        self.search(unpack(self.package, self.apps))

    def test_findings_are_linked_live_and_collected(self):
        app = unpack(self.package, self.apps)
        options = "mode=filter scope=extended tuning=none"
        live, said = self.search(app, options, further=("--link", "", "--chunk-rows", "1"))
        self.assertIn("messages: none", said)
        self.assertIn("key_then_access", [row.get("dvm_link") for row in live])
        findings, _ = self.search(app, options + " json=true")
        collected = self.scratch / "collected.jsonl"
        collected.write_text("".join(row["dvm_json"] + "\n" for row in findings), encoding="utf-8")
        again, _ = self.search(app, "", collected, ("--command", "directvmlink", "--fields", "raw"))
        names = ("dvm_case", "dvm_link", "dvm_event_id", "dvm_records", "dvm_session_state")
        self.assertEqual(*([[row.get(name) for name in names] for row in rows] for rows in (live, again)))

    def test_unpacked_by_a_careful_user_it_still_runs(self):
        self.search(unpack(self.package, self.apps, umask=0o077))

    def test_nothing_of_the_users_is_in_the_package(self):
        """Before the user has made a tuning list, a search says that no rule applies, and how to make one."""
        app = unpack(self.package, self.apps)
        with tarfile.open(self.package) as archive:
            names = {name.removeprefix("directvm/") for name in archive.getnames()}
        self.assertEqual(names & {*USERS_FILES, *(f"lookups/{TUNING}{end}.csv" for end in ("", "_seen"))}, set())
        self.assertFalse({name for name in names if name.startswith("local")})
        _, said = self.search(app)
        self.assertIn("no tuning rule applies (| `directvm_create_tuning_list` writes it", said)
        _, said = self.search(app, "mode=filter tuning=none")
        self.assertIn("messages: none", said)

    def test_an_upgrade_keeps_what_the_user_made(self):
        app = unpack(self.package, self.apps)
        users = {**USERS_FILES, "lookups/directvm_tuning.csv": tuning_list(app)}
        shipped = snapshot(app)
        make_older(app)
        write(app, users)
        unpack(self.package, self.apps)
        after = snapshot(app)
        self.assertEqual({name: after[name].decode() for name in users}, users)
        renewed = set(shipped) - set(users)
        self.assertEqual({name: after[name] for name in renewed}, {name: shipped[name] for name in renewed})
        self.assert_rule_applies(app)

    def test_an_upgrade_from_0_1_keeps_all_and_the_page_finds_what_must_be_moved(self):
        app = unpack(self.package, self.apps)
        make_older(app)
        write(app, OLD_FILES)
        unpack(self.package, self.apps)
        after = snapshot(app)
        self.assertEqual({name: after[name].decode() for name in OLD_FILES}, OLD_FILES)
        self.assert_rule_applies(app)
        _, said = self.search(app)
        self.assertIn("messages: none", said)
        page = (ROOT / "docs/upgrade.md").read_text(encoding="utf-8")
        command = GONE_BY_PAGE.search(page)[1]
        found = subprocess.run(command, shell=True, env={**os.environ, "SPLUNK_HOME": str(self.splunk)}, capture_output=True, text=True, check=True).stdout
        self.assertEqual([line.partition("local/")[2].partition(":")[0] for line in found.splitlines()], ["macros.conf", "savedsearches.conf"])
        shipped = (app / "default/savedsearches.conf").read_text(encoding="utf-8")
        for old, new in re.findall(r"^ +\| ([A-Z][^|`]*) \| ([^|`]*) \|$", page, re.MULTILINE):
            self.assertFalse(f"[DirectVM - {old}]" in shipped, f"{old} is not gone")
            self.assertTrue(f"[DirectVM - {new}]" in shipped or new.startswith("none"), new)

    def test_a_cluster_member_keeps_its_lookups(self):
        """The deployer replaces default, bin and metadata/default.meta; lookups stay the member's (always_preserve)."""
        deployer = unpack(self.package, self.scratch / "shcluster/apps")
        conf = (deployer / "default/app.conf").read_text(encoding="utf-8")
        self.assertIn("deployer_lookups_push_mode = always_preserve", conf)
        member = self.apps / "directvm"
        write(member, {**USERS_FILES, "lookups/directvm_tuning.csv": tuning_list(deployer)})
        kept = snapshot(member / "lookups")
        for source in deployer.rglob("*"):
            target = member / source.relative_to(deployer)
            if source.is_file() and not (target.exists() and target.parent.name == "lookups"):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        self.assertEqual({name: snapshot(member / "lookups")[name] for name in kept}, kept)
        self.assert_rule_applies(member)

    def test_works_from_an_indexers_bundle(self):
        """Only bin and lookups are replicated to indexers, into a folder of another name and without write permission."""
        app = unpack(self.package, self.apps)
        write(app, {"lookups/directvm_tuning.csv": tuning_list(app)})
        bundle = self.scratch / "var/run/searchpeers/sh1-1764000000/apps/directvm"
        for name in ("bin", "lookups"):
            shutil.copytree(app / name, bundle / name)
            (bundle / name).chmod(0o555)
        shutil.rmtree(app)
        try:
            self.assert_rule_applies(bundle)
        finally:
            for name in ("bin", "lookups"):
                (bundle / name).chmod(0o755)

    def test_removal_leaves_nothing(self):
        before = snapshot(self.splunk)
        app = unpack(self.package, self.apps)
        self.search(app, "mode=tag")
        shutil.rmtree(app)
        self.assertEqual(snapshot(self.splunk), before)


def suite(packages):
    """Every test for every package; a failure names the package as its class."""
    tests = unittest.TestSuite()
    for package in packages:
        case = type(package.name, (Install,), {"package": package})
        tests.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    return tests


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    ran = unittest.TextTestRunner().run(suite([pathlib.Path(word).resolve() for word in sys.argv[1:]]))
    sys.exit(not ran.wasSuccessful())
