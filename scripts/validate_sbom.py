"""Fails unless an SBOM fits the JSON schema of CycloneDX 1.5.

usage: validate_sbom.py SBOM.cdx.json      with a Python that has cyclonedx-python-lib
"""

import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def main(path):
    fault = JsonStrictValidator(SchemaVersion.V1_5).validate_str(pathlib.Path(path).read_text(encoding="utf-8"))
    if fault:
        print(f"{path}: {fault}", file=sys.stderr)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
