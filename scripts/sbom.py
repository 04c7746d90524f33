"""Prints the SBOM of one package (CycloneDX 1.5, JSON): its programs, and all that is linked into them.

usage: sbom.py [--program FILE] ... [--linked NAME=VERSION=LICENCE] ... TARGET_TRIPLE ...

The crates come from cargo, their hashes from Cargo.lock. The output depends on these, the arguments and
SOURCE_DATE_EPOCH alone: no clock, no random serial number, no folder name.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import tomllib
import uuid

from package_licences import dependencies, packages

ROOT = pathlib.Path(__file__).resolve().parent.parent


def checksums():
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    return {(package["name"], package["version"]): package.get("checksum") for package in lock["package"]}


def licences(text):
    """`A/B` is how old crates write `A OR B`."""
    return [{"expression": " OR ".join(part.strip() for part in text.split("/"))}]


def purl(crate):
    return f"pkg:cargo/{crate[0]}@{crate[1]}"


def component(crate, package, checksum):
    name, version = crate
    return {
        "type": "library",
        "bom-ref": purl(crate),
        "name": name,
        "version": version,
        "description": " ".join((package["description"] or "").split()),
        "scope": "required",
        "hashes": [{"alg": "SHA-256", "content": checksum}],
        "licenses": licences(package["license"]),
        "purl": purl(crate),
    }


def linked(text):
    """A library that is not a crate, from NAME=VERSION=LICENCE."""
    name, version, licence = text.split("=")
    return {
        "type": "library",
        "bom-ref": f"{name}@{version}",
        "name": name,
        "version": version,
        "scope": "required",
        "licenses": licences(licence),
    }


def program(path):
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "type": "file",
        "bom-ref": f"bin/{path.name}",
        "name": f"bin/{path.name}",
        "hashes": [{"alg": "SHA-256", "content": content}],
    }


def subject(package, programs):
    return {
        "type": "application",
        "bom-ref": package["name"],
        "name": package["name"],
        "version": package["version"],
        "description": package["description"],
        "licenses": licences(package["license"]),
        "components": [program(path) for path in programs],
    }


def graph(root, uses, others):
    """Which component uses which; the libraries that are not crates are uses of the program."""
    refs = {crate: root[0] if crate == root else purl(crate) for crate in uses}
    edges = {refs[crate]: {refs[used] for used in uses[crate]} for crate in uses}
    edges[root[0]].update(other["bom-ref"] for other in others)
    return [{"ref": ref, "dependsOn": sorted(used)} for ref, used in sorted(edges.items())]


def timestamp():
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def bom(targets, programs, others):
    known, uses, sums = packages(targets), dependencies(targets), checksums()
    root, *crates = uses
    made = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"timestamp": timestamp(), "component": subject(known[root], programs)},
        "components": [component(crate, known[crate], sums[crate]) for crate in sorted(crates)] + others,
        "dependencies": graph(root, uses, others),
    }
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).digest()
    return {"serialNumber": uuid.UUID(bytes=digest[:16], version=4).urn, **made}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+", metavar="TARGET_TRIPLE")
    parser.add_argument("--program", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--linked", action="append", default=[], metavar="NAME=VERSION=LICENCE")
    given = parser.parse_args()
    print(json.dumps(bom(given.targets, given.program, [linked(text) for text in given.linked]), indent=2))


if __name__ == "__main__":
    main()
