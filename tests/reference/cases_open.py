"""`open.json`: opening whole envelopes. Most cases are rejects, written as edits of a case of `seal.json`."""

from __future__ import annotations

import cases_tamper
import cases_unwrap
from forge import Forge
from maker import Maker, allow
from open_cases import ARCHIVE_2048, ORDERS_2048, ORDERS_3072, ORDERS_AES, OpenCases


def make(maker: Maker) -> None:
    cases = OpenCases(maker)
    accepted(cases)
    cases_tamper.make(cases)
    external_pairs(cases)
    external_bytes(cases)
    expectations(cases)
    cases_unwrap.make(cases)
    shapes(cases)


def accepted(cases: OpenCases) -> None:
    for base in ("rsa-2048", "rsa-2048-v2", "rsa-3072", "rsa-4096", "rsa-archive", "aes-hsm", "padding-1024"):
        cases.add(f"opens {base}", base, calls=1)
    for base in ("service", "record", "record-deterministic", "time-0", "padding-0", "padding-1", "padding-largest"):
        cases.add(f"opens {base}", base, calls=0)
    for base in (
        "context-order",
        "context-unicode",
        "context-empty-value",
        "context-64",
        "namespace-255",
        "content-type",
    ):
        cases.add(f"opens {base}", base, calls=0)
    cases.add("opens everything", "everything", calls=1)
    cases.add("opens everything-suite-2", "everything-suite-2", calls=1)
    cases.add("opens with nothing external given as empty bytes", "service", external={"bytes": ""})
    for suite in (1, 2):
        cases.add(f"opens no plaintext in suite {suite}", f"suite-{suite}-length-0")
        cases.add(f"opens one byte in suite {suite}", f"suite-{suite}-length-1")
    for length in ("chunk-1", "chunk", "chunk+1"):
        cases.add(f"opens {length} in suite 1", f"suite-1-length-{length}")
    cases.add("opens several chunks in suite 1", "body-1", calls=1)
    cases.add("opens an empty last chunk", "body-1-even", calls=1)
    cases.add("opens several chunks in suite 2", "body-2", calls=1)
    cases.add("opens a detached envelope", "rsa-2048", detached=True, calls=1)
    cases.add("opens a detached envelope of several chunks", "body-1", detached=True, calls=1)
    for name, configuration in {
        "its vault key": allow(ORDERS_AES),
        "its second key": allow(ORDERS_3072),
        "its service key": allow(service=["service"]),
        "both service keys": allow(service=["service-other", "service"]),
        "its key record": allow(records=["record"]),
        "its key record, rewrapped": allow(records=["record-rotated"]),
        "its last key": allow(ORDERS_2048),
        "keys that it does not have and one that it has": allow(ARCHIVE_2048, ORDERS_2048, service=["service-other"]),
    }.items():
        cases.add(f"opens mixed with {name}", "mixed", configuration=configuration)


def external_pairs(cases: OpenCases) -> None:
    pairs = {"row": "42", "tenant": "acme"}
    for name, external, error, calls in (
        ("other value", {"pairs": pairs | {"row": "43"}}, "decrypt", 1),
        ("values exchanged", {"pairs": {"row": "acme", "tenant": "42"}}, "decrypt", 1),
        ("empty value", {"pairs": pairs | {"row": ""}}, "decrypt", 1),
        ("name missing", {"pairs": {"row": "42"}}, "context", 0),
        ("name too many", {"pairs": pairs | {"b": "1"}}, "context", 0),
        ("other name", {"pairs": {"row": "42", "Tenant": "acme"}}, "context", 0),
        ("no pairs", {"pairs": {}}, "context", 0),
        ("nothing", None, "context", 0),
        ("bytes", {"bytes": "3432"}, "context", 0),
        ("empty bytes", {"bytes": ""}, "context", 0),
        ("the very bytes that are bound", {"bytes": "a263726f776234326674656e616e746461636d65"}, "context", 0),
    ):
        cases.add(f"external: {name} where pairs are due", "everything", None, error, calls, external=external)
    cases.add(
        "external: wrong form and no key",
        "everything",
        None,
        ["context", "no_key"],
        0,
        external=None,
        configuration=allow(ORDERS_3072),
    )


def external_bytes(cases: OpenCases) -> None:
    for name, external, error in (
        ("right", {"bytes": "00ff68656c6c6f"}, None),
        ("other bytes", {"bytes": "00ff68656c6c6e"}, "decrypt"),
        ("shorter", {"bytes": "00ff68656c6c"}, "decrypt"),
        ("longer", {"bytes": "00ff68656c6c6f00"}, "decrypt"),
        ("empty", {"bytes": ""}, "decrypt"),
        ("nothing", None, "decrypt"),
        ("pairs", {"pairs": {"a": "b"}}, "context"),
    ):
        cases.add(f"external: {name} where bytes are due", "external-bytes", None, error, 0, external=external)
    cases.add("external: bytes where nothing is due", "service", None, "decrypt", 0, external={"bytes": "00"})
    cases.add("external: pairs where nothing is due", "service", None, "context", 0, external={"pairs": {"a": "b"}})
    cases.add(
        "external: stored pairs are not external",
        "context-order",
        None,
        "context",
        0,
        external={"pairs": {"aa": "1", "b": "2", "a": "3", "ba": "4"}},
    )
    pairs = {"tenant": "acme", "row": "42", "b": "", "aa": "é"}
    cases.add("external: four pairs", "external-pairs", None, None, 0, external={"pairs": pairs})
    decomposed = {"pairs": pairs | {"aa": "e\u0301"}}
    cases.add("external: text is not normalised", "external-pairs", None, "decrypt", 0, external=decomposed)


def expectations(cases: OpenCases) -> None:
    for name, expect, error in (
        ("namespace", {"namespace": "acme.invoice/v2"}, None),
        ("all pairs", {"context": {"b": "one", "aa": "two"}}, None),
        ("one pair", {"context": {"b": "one"}}, None),
        ("no pairs", {"context": {}}, None),
        ("namespace and a pair", {"namespace": "acme.invoice/v2", "context": {"aa": "two"}}, None),
        ("other namespace", {"namespace": "acme.invoice/v3"}, "context"),
        ("namespace in upper case", {"namespace": "ACME.invoice/v2"}, "context"),
        ("start of the namespace", {"namespace": "acme.invoice"}, "context"),
        ("other value", {"context": {"b": "two"}}, "context"),
        ("pair that is not there", {"context": {"c": "one"}}, "context"),
        ("one right, one wrong pair", {"context": {"b": "one", "c": "one"}}, "context"),
        ("external pair", {"context": {"tenant": "acme"}}, "context"),
    ):
        cases.add(f"expects {name}", "everything", None, error, 1, expect=expect)
    cases.add("expects a namespace where none is", "service", None, "context", 0, expect={"namespace": "acme"})
    cases.add("expects a pair where none is", "service", None, "context", 0, expect={"context": {"a": ""}})
    cases.add("expects an empty value", "context-empty-value", None, None, 0, expect={"context": {"tenant": ""}})
    unicode = {"é": "combining"}
    cases.add(
        "expects text that differs in normalisation", "context-unicode", None, "context", 0, expect={"context": unicode}
    )
    other = {"expect": {"namespace": "other"}}
    forge = cases.forge("everything")
    cases.add(
        "expects another namespace, MAC tampered", "everything", forge.flip(forge.end - 88), "decrypt", 1, **other
    )
    cut = [{"truncate": forge.end}]
    cases.add("expects another namespace, body cut off", "everything", cut, "context", 1, **other)
    cases.add("expects another namespace, body tampered", "everything", forge.flip(forge.end), "context", 1, **other)


def shapes(cases: OpenCases) -> None:
    """Detached heads, and key records where messages are due."""
    cases.add("detached: byte after the head", "rsa-2048", [{"append": "00"}], "malformed", 0, detached=True)
    chunk = cases.maker.reader.seals["rsa-2048"][cases.forge("rsa-2048").end :]
    cases.add("detached: body after the head", "rsa-2048", [{"append": chunk.hex()}], "malformed", 0, detached=True)
    cases.add(
        "detached: byte after the body", "rsa-2048", None, "decrypt", 1, detached=True, body_edits=[{"append": "00"}]
    )
    cases.add(
        "detached: MAC tampered",
        "rsa-2048",
        cases.forge("rsa-2048").flip(cases.forge("rsa-2048").end - 60),
        "decrypt",
        1,
        detached=True,
    )
    last = [{"drop_chunk": 3}]
    cases.add("detached: last chunk dropped", "body-1", None, "truncated", 1, detached=True, body_edits=last)
    cases.add(
        "detached: chunks swapped", "body-1", None, "decrypt", 1, detached=True, body_edits=[{"swap_chunks": [0, 2]}]
    )
    for name, edits in (("alone", []), ("with a body", [{"append": "00", "times": 40}])):
        case = {
            "name": f"key record {name} where a message is due",
            "envelope": {"record": "record", "edits": edits},
            "configuration": allow(ORDERS_2048),
        }
        cases.maker.add("open", case, "malformed", 0)
    cleared = Forge(cases.keys["record"].record).put(6, b"\0") + [{"append": "00", "times": 40}]
    case = {
        "name": "key record with its flag cleared",
        "envelope": {"record": "record", "edits": cleared},
        "configuration": allow(ORDERS_2048),
    }
    cases.maker.add("open", case, "decrypt", 1)
    case = {
        "name": "deterministic key record with its flag cleared",
        "envelope": {"record": "record-deterministic", "edits": cleared},
        "configuration": allow(ORDERS_3072),
    }
    cases.maker.add("open", case, "malformed", 0)
