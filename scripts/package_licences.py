"""Prints the licence texts of the crates that are compiled into the program.

usage: package_licences.py TARGET_TRIPLE ...
"""

import json
import pathlib
import subprocess
import sys

NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def packages(targets):
    """{(name, version): what cargo metadata says of the crate}"""
    asked = (cargo("metadata", "--format-version=1", "--locked", "--filter-platform", target) for target in targets)
    return {(package["name"], package["version"]): package for said in asked for package in json.loads(said)["packages"]}


def dependencies(targets):
    """{crate: crates that it uses}, each as (name, version), from the program on; the program comes first.

    `cargo tree` knows the features that a build selects. `cargo metadata` adds those that only tests and build scripts
    select, and with them crates that are not in the program.
    """
    uses = {}
    for target in targets:
        tree = cargo("tree", "--locked", "--edges=normal", "--no-dedupe", "--prefix=depth", "--format= {p}", "--target", target)
        path = []
        for line in tree.splitlines():
            depth, name, version = line.split(" ")[:3]
            crate = (name, version.removeprefix("v"))
            path[int(depth):] = [crate]
            uses.setdefault(crate, set())
            if len(path) > 1:
                uses[path[-2]].add(crate)
    return uses


def licence_texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path.name.upper().startswith(NAMES))
    return [path.read_text(encoding="utf-8", errors="replace").strip() for path in files]


def sections(crates):
    """Pairs of a licence text and the titles of the crates under it, each text once."""
    titles = {}
    for package in crates:
        title = f"{package['name']} {package['version']} ({package['license']}) {package['repository'] or ''}".strip()
        for text in licence_texts(package) or ["The crate contains no licence text: see its repository."]:
            titles.setdefault(text, []).append(title)
    return titles.items()


def main(targets):
    known, (_program, *crates) = packages(targets), dependencies(targets)
    print("Licences of the Rust crates in the directvm program. The Rust standard library, too, is under MIT or Apache-2.0.")
    for text, titles in sections(known[crate] for crate in sorted(crates)):
        print("\n" + "=" * 100, *titles, "-" * 100, text, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
