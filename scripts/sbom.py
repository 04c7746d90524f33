"""Prints the SBOM of one package (CycloneDX 1.5, JSON): its programs, and all that is linked into them.

usage: sbom.py [--program FILE] ... [--linked NAME=VERSION=LICENCE] ... TARGET_TRIPLE ...
       sbom.py --check SBOM.json

The crates come from cargo's metadata, their hashes from Cargo.lock. The output depends on these, the arguments and
SOURCE_DATE_EPOCH alone: no clock, no random serial number, no folder name.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import sys
import tomllib
import uuid

from package_licences import linked_packages, metadata

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What every component must say. The crate itself is made here and has no purl.
COMPONENT_FIELDS = ("bom-ref", "hashes", "licenses", "name", "purl", "type", "version")
LINKED_FIELDS = ("bom-ref", "licenses", "name", "type", "version")
SERIAL = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def checksums():
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    return {(package["name"], package["version"]): package.get("checksum") for package in lock["package"]}


def licences(text):
    """`A/B` is how old crates write `A OR B`."""
    return [{"expression": " OR ".join(part.strip() for part in text.split("/"))}]


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def crate(package, sums):
    return {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "description": " ".join((package["description"] or "").split()),
        "scope": "required",
        "hashes": [{"alg": "SHA-256", "content": sums[package["name"], package["version"]]}],
        "licenses": licences(package["license"]),
        "purl": purl(package),
    }


def linked(text):
    """A library that is no crate, from NAME=VERSION=LICENCE."""
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


def dependencies(metas, packages, root, others):
    """Who uses whom, over all targets; the libraries that are no crates hang on the root."""
    refs = {package["id"]: purl(package) for package in packages}
    refs[root["id"]] = root["name"]
    uses = {ref: set() for ref in refs.values()}
    for meta in metas:
        for node in meta["resolve"]["nodes"]:
            if node["id"] in refs:
                normal = (dep["pkg"] for dep in node["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"]))
                uses[refs[node["id"]]].update(refs[name] for name in normal if name in refs)
    uses[root["name"]].update(other["bom-ref"] for other in others)
    return [{"ref": ref, "dependsOn": sorted(used)} for ref, used in sorted(uses.items())]


def timestamp():
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def bom(targets, programs, others):
    metas = [metadata(target) for target in targets]
    root = next(p for p in metas[0]["packages"] if p["id"] == metas[0]["resolve"]["root"])
    packages, sums = linked_packages(metas), checksums()
    made = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"timestamp": timestamp(), "component": subject(root, programs)},
        "components": [crate(package, sums) for package in packages] + others,
        "dependencies": dependencies(metas, packages, root, others),
    }
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).digest()
    return {"serialNumber": uuid.UUID(bytes=digest[:16], version=4).urn, **made}


def faults(made):
    """What CycloneDX or our own use of it requires and is not there."""
    subject_said = made.get("metadata", {}).get("component", {})
    if (made.get("bomFormat"), made.get("specVersion"), made.get("version")) != ("CycloneDX", "1.5", 1):
        yield "not a CycloneDX 1.5 document"
    if not SERIAL.fullmatch(made.get("serialNumber", "")):
        yield "no serial number"
    if not subject_said.get("components"):
        yield "names no program"
    if not made.get("components"):
        yield "names no component"
    for component in made.get("components", []):
        wanted = COMPONENT_FIELDS if component.get("purl") else LINKED_FIELDS
        yield from (f"{component.get('name')}: no {field}" for field in wanted if not component.get(field))
    for hashed in [*made.get("components", []), *subject_said.get("components", [])]:
        for value in hashed.get("hashes", []):
            if not re.fullmatch("[0-9a-f]{64}", value.get("content") or ""):
                yield f"{hashed['name']}: bad SHA-256"
    yield from reference_faults(made, subject_said)


def reference_faults(made, subject_said):
    refs = [component.get("bom-ref") for component in made.get("components", [])] + [subject_said.get("bom-ref")]
    yield from (f"{ref}: used twice" for ref in sorted({str(ref) for ref in refs if refs.count(ref) > 1}))
    used = {ref for entry in made.get("dependencies", []) for ref in [entry["ref"], *entry["dependsOn"]]}
    yield from (f"{ref}: not a component" for ref in sorted(used - set(refs)))
    yield from (f"{ref}: nothing depends on it" for ref in sorted(set(refs) - used))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET_TRIPLE")
    parser.add_argument("--program", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--linked", action="append", default=[], metavar="NAME=VERSION=LICENCE")
    parser.add_argument("--check", type=pathlib.Path, metavar="SBOM.json")
    given = parser.parse_args()
    if given.check:
        made = json.loads(given.check.read_text(encoding="utf-8"))
    else:
        made = bom(given.targets, given.program, [linked(text) for text in given.linked])
    found = list(faults(made))
    for fault in found:
        print(f"sbom: {fault}", file=sys.stderr)
    if not found and not given.check:
        print(json.dumps(made, indent=2))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
