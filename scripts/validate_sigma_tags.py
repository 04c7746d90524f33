#!/usr/bin/env python3
"""Checks the ATT&CK tags of the Sigma rules with pySigma's own validator, against tests/attack_ids.

The validator would load the list from the network; it is given the one of the tests instead.
"""

import pathlib
import sys

from sigma.collection import SigmaCollection
from sigma.data import mitre_attack
from sigma.validators.core.tags import ATTACKTagValidator

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "tests/attack_ids/enterprise-attack-19.json"


def main():
    mitre_attack.set_cache_dir(str(ROOT / ".cache/attack"))
    mitre_attack.clear_cache()
    mitre_attack.set_url(str(LIST))
    validator = ATTACKTagValidator()
    rules = SigmaCollection.load_ruleset([ROOT / "sigma/rules"])
    issues = [issue for rule in rules for issue in validator.validate(rule)]
    for issue in issues:
        print(f"sigma: {issue.rules[0].title}: {issue.tag} is no tag of ATT&CK 19", file=sys.stderr)
    tags = sum(tag.namespace == "attack" for rule in rules for tag in rule.tags)
    if issues or tags < 100:
        sys.exit(f"sigma: {len(issues)} of {tags} ATT&CK tags are wrong")
    print(f"sigma: {tags} ATT&CK tags are valid in version {mitre_attack.mitre_attack_version}")


if __name__ == "__main__":
    main()
