"""Prints the licence texts of the crates that are linked into the program.

usage: package_licences.py TARGET_TRIPLE ...
"""

import json
import pathlib
import subprocess
import sys

NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def metadata(target):
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", target]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def linked_ids(meta):
    """Ids of the crates reached from the root by normal dependencies: no build or test ones."""
    nodes = {node["id"]: node for node in meta["resolve"]["nodes"]}
    reached, waiting = set(), [meta["resolve"]["root"]]
    while waiting:
        for dep in nodes[waiting.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in dep["dep_kinds"])
            if normal and dep["pkg"] not in reached:
                reached.add(dep["pkg"])
                waiting.append(dep["pkg"])
    return reached


def linked_packages(metas):
    """The crates linked for any of the targets, sorted by name and version."""
    found = {}
    for meta in metas:
        ids = linked_ids(meta)
        found.update((package["id"], package) for package in meta["packages"] if package["id"] in ids)
    return sorted(found.values(), key=lambda package: (package["name"], package["version"]))


def licence_texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path.name.upper().startswith(NAMES))
    return [path.read_text(encoding="utf-8", errors="replace").strip() for path in files]


def sections(packages):
    """Pairs of a licence text and the crates under it, each text once."""
    crates = {}
    for package in packages:
        title = f"{package['name']} {package['version']} ({package['license']}) {package['repository'] or ''}".strip()
        for text in licence_texts(package) or ["No licence text comes with the crate: see its repository."]:
            crates.setdefault(text, []).append(title)
    return crates.items()


def main(targets):
    packages = linked_packages([metadata(target) for target in targets])
    print("Licences of the Rust crates in the directvm program. The Rust standard library, too, is under MIT or Apache-2.0.")
    for text, crates in sections(packages):
        print("\n" + "=" * 100, *crates, "-" * 100, text, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
