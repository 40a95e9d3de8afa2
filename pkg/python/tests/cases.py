"""What the runners of the vectors share: reading cases, and judging what came out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

import cmkit

from keyring import Json, load, none, pop


def cases(name: str, **where: str) -> list[Any]:
    every = load(name)["cases"]
    assert len(every) == load("manifest")[f"{name}.json"], "the manifest counts otherwise"
    assert len({case["name"] for case in every}) == len(every), "names are not unique"
    chosen = [case for case in every if all(case.get(field) == value for field, value in where.items())]
    assert chosen
    return [pytest.param(case, id=case["name"]) for case in chosen]


def known(due: Any) -> bytes | None:
    if isinstance(due, str):
        return bytes.fromhex(due)
    if "pattern" not in due:
        return None
    assert due.keys() == {"pattern", "length"}
    assert due["pattern"] == "counter"
    return bytes(at % 251 for at in range(due["length"]))


def check_bytes(found: bytes, due: Any) -> None:
    whole = known(due)
    if whole is not None:
        assert found == whole
        return
    digest, length, head = pop(due, "sha256", "length", "head")
    none(due)
    assert (len(found), hashlib.sha256(found).hexdigest()) == (length, digest)
    assert found.hex().startswith(head)


def one_of(found: Any, due: Any) -> None:
    assert found in (due if isinstance(due, list) else [due])


def external(given: Json | None) -> Any:
    match given:
        case None:
            return None
        case {"bytes": text}:
            return bytes.fromhex(text)
        case {"pairs": pairs}:
            return pairs
    pytest.fail(f"unknown external context {given}")


def expected(expect: Json | None) -> Json:
    assert (expect or {}).keys() <= {"namespace", "context"}
    return expect or {}


def outcome(run: Callable[[], Any], result: Json) -> Any:
    """What `run` gives, or nothing where it fails as it should."""
    if "error" not in result:
        return run()
    assert result.keys() == {"error"}
    with pytest.raises(cmkit.CmkitError) as caught:
        run()
    one_of(caught.value.code, result["error"])
    return None
