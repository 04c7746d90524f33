"""The streams that `make same` and `make cost` send, and the programs that they need."""

import gzip
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts/bench"), str(ROOT / "scripts")]

import drive
from programs import built

SEED = 20260314
# The options of a search that gets the columns of this layout.
ARGUMENTS = {"wide": [], "asked": [], "raw": ["input=raw"], "slim": ["input=fields"]}
# Findings in 100,000 rows.
RATES = (100, 5_000, 100_000)


def new_program(path):
    """The path of the new program: the one given, or the release build of this tree."""
    if path:
        return str(pathlib.Path(path).resolve())
    return str(pathlib.Path(built(["--release", "--bin", "directvm"], "directvm")).resolve())


def peers():
    """The generator of streams. A build without optimisation is fast enough, and needs less time."""
    return built(["--bench", "peers"], "peers")


def stream(generator, folder, layout, rate, rows, chunk):
    return drive.generated(generator, folder, layout, rate, rows, chunk, SEED)


def title(layout, rate, chunk=None):
    return f"{layout}/{rate / 1000:g}%" + (f"/{chunk}" if chunk else "")


def records(generator, folder, rate, rows):
    """A gzip file of JSON Lines: the `_raw` of a generated stream."""
    raw = stream(generator, folder, "raw", rate, rows, rows)
    begin, end = raw.frames[0]
    body = raw.bytes[begin:end].split(b"\n", 2)[2]
    path = folder / "records.json.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for row in body.splitlines():
            # `_raw` is the first column, and the only one with quotes.
            cell = row[: row.rfind(b'"')].removeprefix(b'"')
            file.write(cell.replace(b'""', b'"') + b"\n")
    return path


def check_program(path):
    """The absolute path of a program that starts."""
    path = pathlib.Path(path).resolve()
    try:
        subprocess.run([path, "--version"], check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as fault:
        sys.exit(f"{path} cannot be started: {fault}")
    return str(path)
