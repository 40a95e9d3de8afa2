"""Key records: a head alone whose DEK is kept once and used for compact values and other messages."""

from __future__ import annotations

import derive
import head_writer
import header
from envelope import Opener, authenticate, require_expected, require_form
from failure import Failure
from holder import Holder
from keyring import Key, RecordKey
from seal import Labels, Random, make_head
from unwrap import VerifiedRecord, unwrap_dek


def make_record(
    keys: list[Key], random: Random, now: int, holder: Holder, labels: Labels = Labels(), pad_to: int | None = None
) -> bytes:
    """A key record with a new DEK."""
    if any(isinstance(key, RecordKey) for key in keys):
        raise Failure("malformed", "a record under a record")
    core = head_writer.encode_core(labels.context, [], labels.namespace, None, labels.deterministic)
    head, _ = make_head(keys, random, now, holder, 1, header.KEY_RECORD, core, b"", pad_to)
    return head


def open_record(record: bytes, opener: Opener) -> VerifiedRecord:
    """Opens and verifies a key record."""
    head = header.parse_head(record, record=True, alone=True)
    aad = require_form(head.core, opener.external)
    dek = unwrap_dek(head, opener.configuration, opener.holder)
    authenticate(head, dek, aad)
    require_expected(head.core, opener.expect)
    return VerifiedRecord(dek, derive.dek_id(dek), head.core.deterministic)
