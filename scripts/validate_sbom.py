"""Fails unless an SBOM fits the JSON schema of CycloneDX 1.5, and says what the schema leaves open.

usage: validate_sbom.py SBOM.cdx.json      with a Python that has cyclonedx-python-lib
"""

import json
import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

# Optional in the schema, required here. Libraries that are not crates have neither purl nor hash.
CRATE_FIELDS = ("bom-ref", "hashes", "licenses", "name", "purl", "version")
LINKED_FIELDS = ("bom-ref", "licenses", "name", "version")


def faults(made):
    programs = made["metadata"]["component"].get("components", [])
    if not made.get("serialNumber"):
        yield "no serial number"
    if not programs or not all(program.get("hashes") for program in programs):
        yield "no program, or one without a hash"
    for component in made["components"]:
        wanted = CRATE_FIELDS if component.get("purl") else LINKED_FIELDS
        yield from (f"{component.get('name')}: no {field}" for field in wanted if not component.get(field))
    known = {component["bom-ref"] for component in [*made["components"], made["metadata"]["component"]]}
    used = {ref for entry in made["dependencies"] for ref in [entry["ref"], *entry["dependsOn"]]}
    yield from (f"{ref}: not a component" for ref in sorted(used - known))
    yield from (f"{ref}: nothing depends on it" for ref in sorted(known - used))


def main(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    broken = JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)
    found = [broken] if broken else list(faults(json.loads(text)))
    for fault in found:
        print(f"{path}: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
