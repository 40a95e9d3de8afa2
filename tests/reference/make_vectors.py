"""Writes all of `tests/vectors` but the README. Running it twice gives identical files."""

from __future__ import annotations

import json
from types import ModuleType

import cases_compact
import cases_header
import cases_open
import cases_range
import cases_record
import cases_rewrap
import cases_seal
import make_keys
from codec import Reader
from keyring import VECTORS, load_keyring
from maker import Maker

SUBJECTS: list[ModuleType] = [
    cases_seal,
    cases_open,
    cases_header,
    cases_range,
    cases_record,
    cases_compact,
    cases_rewrap,
]


def main() -> None:
    make_keys.main()
    keys = load_keyring()
    maker = Maker(Reader(keys, {}))
    for subject in SUBJECTS:
        subject.make(maker)
    manifest = {"keys.json": len(keys)}
    for file, cases in maker.files.items():
        manifest[f"{file}.json"] = len(cases)
        write(file, {"cases": cases})
    counted = json.loads((VECTORS / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {file: count for file, count in counted.items() if file.startswith("policy/")}
    write("manifest", manifest)
    print(manifest)


def write(file: str, value: object) -> None:
    text = json.dumps(value, indent=1)
    (VECTORS / f"{file}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
