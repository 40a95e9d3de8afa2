"""Whether every exported name has a type that pyright knows, from the output of `pyright --verifytypes cmkit --outputjson`."""

from __future__ import annotations

import json
import sys

# What these work on has no types, or isn't installed where the package is checked.
UNTYPED = ("cmkit.dask.", "cmkit.fsspec.", "cmkit.pyarrow.", "cmkit.spark.")

symbols = [symbol for symbol in json.load(sys.stdin)["typeCompleteness"]["symbols"] if symbol["isExported"]]
judged = [symbol for symbol in symbols if not symbol["name"].startswith(UNTYPED)]
unknown = [symbol["name"] for symbol in judged if not symbol["isTypeKnown"]]
print(f"{len(judged) - len(unknown)} of {len(judged)} exported names have known types")
sys.exit(f"not: {', '.join(unknown)}" if unknown or len(judged) < 100 else 0)
