"""Builds what is measured: the static command, its peers, the launcher's folder, the SDK's environment."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

TARGET = "x86_64-unknown-linux-gnu"
SDK = "splunk-sdk==2.1.1"
HERE = pathlib.Path(__file__).resolve().parent


class Programs:
    def __init__(self, folder):
        self.folder = folder
        self.command = build("--bin", "directvm")
        self.peers = build("--bench", "peers")
        self.names = folder / "names.json"
        names = subprocess.run([self.peers, "names"], capture_output=True, check=True)
        self.names.write_bytes(names.stdout)
        os.environ["BENCH_NAMES"] = str(self.names)
        self.python_csv = [sys.executable, str(HERE / "peer_csv.py"), str(self.names)]
        self.sdk = sdk()

    def launcher(self):
        """The app's launcher beside the program, as they are packaged."""
        bin_ = self.folder / "bin"
        if not bin_.exists():
            bin_.mkdir()
            shutil.copy(HERE.parent.parent / "splunk_app/bin/directvm", bin_ / "directvm")
            shutil.copy(self.command, bin_ / "directvm-x86_64")
            (bin_ / "directvm").chmod(0o755)
        return str(bin_ / "directvm")


def build(kind, name):
    """Builds as scripts/package.sh does; returns the program's path."""
    options = ["--release", kind, name, "--target", TARGET]
    return built(options, name, {"RUSTFLAGS": "-C target-feature=+crt-static"})


def built(options, name, variables=None):
    """Builds with these options of cargo; returns the path of the program `name`."""
    command = ["cargo", "build", "--locked", "--message-format=json", *options]
    environment = os.environ | (variables or {})
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    messages = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    programs = [
        message["executable"] for message in messages if message.get("executable") and message["target"]["name"] == name
    ]
    return programs[-1]


def sdk():
    """The command line of the SDK's peer; None where the SDK cannot be installed."""
    home = pathlib.Path(".cache/bench-venv").resolve()
    python = home / "bin/python"
    wanted = [str(python), "-c", f"import splunklib; assert splunklib.__version__ == '{SDK.rpartition('==')[2]}'"]
    if not python.exists() or subprocess.run(wanted, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        try:
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, stdout=sys.stderr)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", SDK]
            subprocess.run(pip, check=True, stdout=sys.stderr)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"The Python SDK is not measured: {SDK} could not be installed ({error}).\n")
            return None
    return [str(python), str(HERE / "peer_sdk.py")]
