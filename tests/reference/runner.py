"""Runs one case of a vector file against this reference and returns what came out, as the file writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import inspection
from codec import Json, Reader, external, head_length, read_bytes
from compact import DETERMINISTIC, RANDOM, open_compact, seal_compact
from envelope import open_detached, open_envelope, open_range
from failure import Failure
from holder import Holder
from record import make_record, open_record
from rewrap import rewrap
from seal import Labels, Random, seal


def run(file: str, case: Json, reader: Reader) -> Json:
    """The outcome of a case: `{"error"}`, or the output; and what the key holder was asked."""
    name = f"{file}.{case['operation']}" if "operation" in case else file
    return RUNNERS[name](case, reader)


def run_seal(case: Json, reader: Reader) -> Json:
    holder = reader.holder(case)

    def action() -> Json:
        random = Random(bytes.fromhex(case["random"]))
        sealed = seal(
            read_bytes(case["plaintext"]),
            [reader.keys[id] for id in case["keys"]],
            random,
            case["now"],
            holder,
            case["suite"],
            Labels(case.get("context", {}), case.get("namespace"), case.get("content_type")),
            external(case.get("external")),
            case.get("pad_to"),
        )
        random.close()
        return {"envelope": sealed, "head_length": head_length(sealed)}

    return outcome(action) | {"wraps": len(holder.wraps)}


def run_open(case: Json, reader: Reader) -> Json:
    opener = reader.opener(case)
    released: list[bytes] = []

    def action() -> Json:
        if case.get("detached"):
            open_detached(*reader.detached(case["envelope"]), opener, released.append)
        else:
            open_envelope(reader.source(case["envelope"]), opener, released.append)
        return {"plaintext": b"".join(released)}

    found = outcome(action)
    if "error" in found:
        plaintext = b"".join(released)
        found["released"] = {"length": len(plaintext), "sha256": hashlib.sha256(plaintext).hexdigest()}
    return found | asked(opener.holder)


def run_range(case: Json, reader: Reader) -> Json:
    opener = reader.opener(case)
    envelope = reader.source(case["envelope"])
    return outcome(lambda: {"plaintext": open_range(envelope, case["start"], case["length"], opener)})


def run_header(case: Json, reader: Reader) -> Json:
    return outcome(lambda: {"inspect": inspection.inspect(reader.source(case["head"]))})


def run_record_make(case: Json, reader: Reader) -> Json:
    holder = Holder(reader.keys)

    def action() -> Json:
        random = Random(bytes.fromhex(case["random"]))
        labels = Labels(case.get("context", {}), case.get("namespace"), None, case.get("deterministic", False))
        keys = [reader.keys[id] for id in case["keys"]]
        record = make_record(keys, random, case["now"], holder, labels, case.get("pad_to"))
        random.close()
        opened = open_record(record, reader.opener(case["reopen"]))
        return {"record": record, "dek_id": opened.dek_id.hex()}

    return outcome(action) | {"wraps": len(holder.wraps)}


def run_record_open(case: Json, reader: Reader) -> Json:
    opener = reader.opener(case)

    def action() -> Json:
        record = open_record(reader.source(case["record"]), opener)
        return {"dek_id": record.dek_id.hex(), "deterministic": record.deterministic}

    return outcome(action) | asked(opener.holder)


def run_rewrap(case: Json, reader: Reader) -> Json:
    holder = reader.holder(case)
    source = case["head"]
    is_record = "record" in source

    def action() -> Json:
        head, body = (reader.source(source), b"") if is_record else reader.detached(source)
        random = Random(bytes.fromhex(case["random"]))
        new = rewrap(
            head,
            reader.configuration(case["configuration"]),
            holder,
            [reader.keys[id] for id in case["to"]],
            case["keep"],
            random,
            case["now"],
            external(case.get("external")),
            case.get("pad_to"),
            alone=True,
        )
        random.close()
        for configuration in case["reopen"]:
            opener = reader.opener({"configuration": configuration, "external": case.get("reopen_external")})
            if is_record:
                open_record(new, opener)
            else:
                open_detached(new, body, opener, lambda _: None)
        return {"new_head": new}

    return outcome(action) | {"calls": len(holder.unwraps), "wraps": len(holder.wraps)}


def run_compact_seal(case: Json, reader: Reader) -> Json:
    def action() -> Json:
        random = Random(bytes.fromhex(case["random"]))
        value = seal_compact(
            read_bytes(case["plaintext"]),
            reader.record(case["record"]),
            {"random": RANDOM, "deterministic": DETERMINISTIC}[case["form"]],
            random,
            case.get("namespace", ""),
            bytes.fromhex(case.get("aad", "")),
        )
        random.close()
        return {"value": value}

    return outcome(action)


def run_compact_open(case: Json, reader: Reader) -> Json:
    def action() -> Json:
        records = [reader.record(id) for id in case["records"]]
        plaintext = open_compact(
            reader.source(case["value"]), records, case.get("namespace", ""), bytes.fromhex(case.get("aad", ""))
        )
        return {"plaintext": plaintext}

    return outcome(action)


def asked(holder: Holder) -> Json:
    """What went to the key holder."""
    return {"calls": len(holder.unwraps), "called": holder.unwraps, "resolves": len(holder.resolves)}


def outcome(action: Callable[[], Json]) -> Json:
    try:
        return action()
    except Failure as failure:
        return {"error": failure.code}


RUNNERS: dict[str, Callable[[Json, Reader], Json]] = {
    "seal": run_seal,
    "open": run_open,
    "range": run_range,
    "header": run_header,
    "record.make": run_record_make,
    "record.open": run_record_open,
    "rewrap": run_rewrap,
    "compact.seal": run_compact_seal,
    "compact.open": run_compact_open,
}
