"""Cases of `open.json` about which KEK entry is used, where the call goes, and what the key holder says."""

from __future__ import annotations

import derive
import head_writer
import header
import wrap
from cases_seal import NOW
from codec import Json
from make_keys import stream
from maker import allow
from open_cases import ARCHIVE_2048, ORDERS_2048, ORDERS_3072, ORDERS_4096, ORDERS_AES, RESTORED, OpenCases
from seal import rsa_entry, vault_locator


def make(cases: OpenCases) -> None:
    matching(cases)
    versions(cases)
    holders(cases)
    unwrapping(cases)


def matching(cases: OpenCases) -> None:
    """Which entry is used, and where the call goes."""
    base = "rsa-2048"
    version, v2 = cases.keys["rsa-2048"].version, cases.keys["rsa-2048-v2"].version
    for name, entry, error in (
        ("by locator", {"key": ORDERS_2048}, None),
        ("by locator and public key", {"key": ORDERS_2048, "public_keys": ["rsa-2048"]}, None),
        ("by locator, another version's public key known", {"key": ORDERS_2048, "public_keys": ["rsa-2048-v2"]}, None),
        ("by thumbprint, restored in another vault", {"key": RESTORED, "public_keys": ["rsa-restored"]}, None),
        ("by thumbprint, under the recorded version", {"key": RESTORED, "public_keys": ["rsa-imported"]}, None),
        ("configured in upper case", {"key": "https://ORDERS.Vault.Azure.NET/keys/Orders-2048"}, None),
        ("not by name alone", {"key": RESTORED}, "no_key"),
        ("not by host alone", {"key": ORDERS_3072}, "no_key"),
        ("not by another thumbprint", {"key": RESTORED, "public_keys": ["rsa-archive"]}, "no_key"),
    ):
        cases.add(f"matches: {name}", base, None, error, 0 if error else 1, configuration=allow(entry))
    cases.add("matches: nothing configured", base, None, "no_key", 0, configuration={})
    cases.add(
        "matches: only service keys configured", base, None, "no_key", 0, configuration=allow(service=["service"])
    )
    forge, dek = cases.forge(base), cases.dek(base)
    rsa, other = cases.keys["rsa-2048"], cases.keys["rsa-2048-v2"]
    wrapped = rsa_entry(rsa, dek, stream("a seed", 32), NOW, locator=False)
    without = forge.rewrite(keks=[wrapped], dek=dek)
    known = allow({"key": ORDERS_2048, "public_keys": ["rsa-2048-v2", "rsa-2048"]})
    cases.add("no locator: by thumbprint", base, without, None, 1, configuration=known)
    imported = allow({"key": RESTORED, "public_keys": ["rsa-imported"]})
    cases.add("no locator: the version whose public key matched", base, without, None, 1, configuration=imported)
    cases.add("no locator: no public key known", base, without, "no_key", 0)
    refused = allow({"key": ORDERS_2048, "public_keys": ["rsa-2048"], "refused": [version]})
    cases.add("no locator: refused version", base, without, "no_key", 0, configuration=refused)
    # Entries that contradict what is known of the configured key.
    ciphertext = wrap.oaep_encrypt(rsa.modulus, dek, stream("a seed", 32))
    foreign = head_writer.encode_kek(header.RSA_OAEP_256, other.thumbprint, vault_locator(rsa), ciphertext, NOW)
    foreign_edit = forge.rewrite(keks=[foreign], dek=dek)
    known = allow({"key": ORDERS_2048, "public_keys": ["rsa-2048"]})
    cases.add(
        "other thumbprint: public key of that version known", base, foreign_edit, "no_key", 0, configuration=known
    )
    cases.add("other thumbprint: nothing known", base, foreign_edit, None, 1)
    for length in (384, 512):
        long = head_writer.encode_kek(header.RSA_OAEP_256, rsa.thumbprint, vault_locator(rsa), bytes(length), NOW)
        edits = forge.rewrite(keks=[long], dek=dek)
        cases.add(
            f"wrapped key of {length} bytes for RSA-2048, public key known",
            base,
            edits,
            "no_key",
            0,
            configuration=known,
        )
        following = forge.rewrite(
            keks=[long, rsa_entry(cases.keys["rsa-archive"], dek, stream("a seed", 32), NOW)], dek=dek
        )
        known_and_next = allow(known["allow"][0], ARCHIVE_2048)
        cases.add(
            f"wrapped key of {length} bytes for RSA-2048, next entry right",
            base,
            following,
            None,
            1,
            configuration=known_and_next,
        )
    symmetric = head_writer.encode_kek(
        header.A256KW, None, vault_locator(rsa), wrap.wrap_aes(cases.keys["aes-hsm"].secret, dek), NOW
    )
    only_thumbprint = allow({"key": RESTORED, "public_keys": ["rsa-restored"]})
    edits = forge.rewrite(keks=[symmetric], dek=dek)
    cases.add(
        "A256KW entry is not matched through public keys", base, edits, "no_key", 0, configuration=only_thumbprint
    )
    edits = forge.rewrite(keks=[*forge.keks, symmetric], dek=dek)
    cases.add("two entries with one locator", base, edits, "malformed", 0)
    v2_entry = rsa_entry(other, dek, stream("a seed", 32), NOW)
    edits = forge.rewrite(keks=[v2_entry, forge.keks[0]], dek=dek)
    cases.add("two versions of one key, first opens", base, edits, None, 1)
    only = allow({"key": ORDERS_2048, "versions": [version]})
    cases.add("two versions of one key, second allowed", base, edits, None, 1, configuration=only)
    down = {other.url: {"state": "denied"}}
    cases.add("two versions of one key, first disabled", base, edits, None, 2, holder=down)
    refused = allow({"key": ORDERS_2048, "refused": [v2]})
    cases.add("two versions of one key, first refused", base, edits, None, 1, configuration=refused)


def versions(cases: OpenCases) -> None:
    version, v2, created = cases.keys["rsa-2048"].version, cases.keys["rsa-2048-v2"].version, 1_700_000_000
    url = cases.keys["rsa-2048"].url
    for name, rules, error in (
        ("in the list", {"versions": [version]}, None),
        ("in a longer list", {"versions": [v2, version]}, None),
        ("not in the list", {"versions": [v2]}, "no_key"),
        ("refused", {"refused": [version]}, "no_key"),
        ("another one refused", {"refused": [v2]}, None),
        ("in the list in upper case", {"versions": [version.upper()]}, None),
        ("refused in upper case", {"refused": [version.upper()]}, "no_key"),
        ("in the list and refused", {"versions": [version, v2], "refused": [version]}, "no_key"),
        ("not in the list, public key known", {"versions": [v2], "public_keys": ["rsa-2048"]}, "no_key"),
        ("refused, public key known", {"refused": [version], "public_keys": ["rsa-2048"]}, "no_key"),
        ("created at the bound", {"created_after": created}, None),
        ("created after the bound", {"created_after": created - 1}, None),
        ("created before the bound", {"created_after": created + 1}, "no_key"),
        (
            "created before the bound, public key known",
            {"created_after": created + 1, "public_keys": ["rsa-2048"]},
            "no_key",
        ),
    ):
        configuration = allow({"key": ORDERS_2048} | rules)
        cases.add(f"version: {name}", "rsa-2048", None, error, 0 if error else 1, configuration=configuration)
    bound = allow({"key": ORDERS_2048, "created_after": created})
    cases.add(
        "version: the vault says created later",
        "rsa-2048",
        None,
        None,
        1,
        configuration=bound,
        holder={url: {"created": created + 9}},
    )
    cases.add(
        "version: the vault says created earlier",
        "rsa-2048",
        None,
        "no_key",
        0,
        configuration=bound,
        holder={url: {"created": created - 9}},
    )
    forge, dek = cases.forge("rsa-2048"), cases.dek("rsa-2048")
    late = rsa_entry(cases.keys["rsa-2048"], dek, stream("a seed", 32), 2_000_000_000)
    bound = allow({"key": ORDERS_2048, "created_after": created + 1})
    cases.add(
        "version: the writer's clock decides nothing",
        "rsa-2048",
        forge.rewrite(keks=[late], dek=dek),
        "no_key",
        0,
        configuration=bound,
    )
    aes = cases.keys["aes-hsm"]
    for name, rules, error in (
        ("A256KW version in the list", {"versions": [aes.version]}, None),
        ("A256KW version not in the list", {"versions": [cases.keys["aes-hsm-v2"].version]}, "no_key"),
        ("A256KW version refused", {"refused": [aes.version]}, "no_key"),
        ("A256KW created before the bound", {"created_after": aes.created + 1}, "no_key"),
        ("A256KW created at the bound", {"created_after": aes.created}, None),
    ):
        cases.add(
            f"version: {name}",
            "aes-hsm",
            None,
            error,
            0 if error else 1,
            configuration=allow({"key": ORDERS_AES} | rules),
        )


def holders(cases: OpenCases) -> None:
    """What the key holder says, and how many times it is asked."""
    keys = ["rsa-2048", "rsa-3072", "rsa-4096", "rsa-archive"]
    urls = [cases.keys[key].url for key in keys]
    everyone = allow(ORDERS_2048, ORDERS_3072, ORDERS_4096, ARCHIVE_2048)

    def say(*states: str) -> Json:
        return {url: {"state": state} for url, state in zip(urls, states) if state}

    for state in ("denied", "unavailable"):
        cases.add(f"only key {state}", "rsa-2048", None, state, 1, holder=say(state))
        cases.add(
            f"A256KW key {state}", "aes-hsm", None, state, 1, holder={cases.keys["aes-hsm"].url: {"state": state}}
        )
        cases.add(
            f"key {state} that is not configured",
            "rsa-2048",
            None,
            "no_key",
            0,
            configuration=allow(ORDERS_3072),
            holder=say(state),
        )
    for name, states, error, calls in (
        ("all answer", (), None, 1),
        ("first denied", ("denied",), None, 2),
        ("first unavailable", ("unavailable",), None, 2),
        ("two denied", ("denied", "denied"), None, 3),
        ("unavailable and denied", ("unavailable", "denied"), None, 3),
        ("three denied", ("denied",) * 3, "denied", 3),
        ("all denied", ("denied",) * 4, "denied", 3),
        ("unavailable, then denied", ("unavailable", "denied", "denied"), "unavailable", 3),
        ("denied, then unavailable", ("denied", "unavailable", "unavailable"), "denied", 3),
        ("fourth denied only", ("", "", "", "denied"), None, 1),
    ):
        cases.add(f"four keys: {name}", "four-rsa", None, error, calls, configuration=everyone, holder=say(*states))
    last_two = allow(ORDERS_4096, ARCHIVE_2048)
    cases.add(
        "entries that do not match take no call",
        "four-rsa",
        None,
        None,
        2,
        configuration=last_two,
        holder=say("denied", "denied", "denied"),
    )
    cases.add(
        "first error of the two that match",
        "four-rsa",
        None,
        "unavailable",
        2,
        configuration=last_two,
        holder=say("denied", "denied", "unavailable", "denied"),
    )
    forge = cases.forge("four-rsa")
    wrapped = forge.find(forge.head.keks[1].wrapped)
    cases.add(
        "a wrong ciphertext is the last try",
        "four-rsa",
        forge.flip(wrapped),
        "decrypt",
        2,
        configuration=everyone,
        holder=say("denied"),
    )
    url = cases.keys["aes-hsm"].url
    known = allow(ORDERS_AES, service=["service"])
    cases.add(
        "vault denied, service key opens",
        "mixed",
        None,
        None,
        1,
        configuration=known,
        holder={url: {"state": "denied"}},
    )
    known = allow(ORDERS_AES, records=["record"])
    cases.add(
        "vault unavailable, key record opens",
        "mixed",
        None,
        None,
        1,
        configuration=known,
        holder={url: {"state": "unavailable"}},
    )
    forge = cases.forge("mixed")
    edits = forge.flip(forge.find(forge.head.keks[2].wrapped))
    cases.add(
        "a failed local unwrap is the last try",
        "mixed",
        edits,
        "decrypt",
        0,
        configuration=allow(ORDERS_2048, service=["service"]),
    )


def unwrapping(cases: OpenCases) -> None:
    """Service keys and key records."""
    cases.add(
        "service: other key configured", "service", None, "no_key", 0, configuration=allow(service=["service-other"])
    )
    cases.add("service: nothing configured", "service", None, "no_key", 0, configuration={})
    cases.add("service: vault keys only", "service", None, "no_key", 0, configuration=allow(ORDERS_2048))
    cases.add("record: rewrapped record", "record", None, None, 0, configuration=allow(records=["record-rotated"]))
    cases.add(
        "record: two of them", "record", None, None, 0, configuration=allow(records=["record-deterministic", "record"])
    )
    cases.add(
        "record: another record", "record", None, "no_key", 0, configuration=allow(records=["record-deterministic"])
    )
    cases.add("record: its vault key is not enough", "record", None, "no_key", 0, configuration=allow(ORDERS_2048))
    forge, dek = cases.forge("service"), cases.dek("service")
    record = cases.keys["record"]
    locator = header.Locator(header.RECORD, dek_id=record.dek_id)
    direct = head_writer.encode_kek(header.A256KW, None, locator, wrap.wrap_aes(record.dek, dek), NOW)
    edits = forge.rewrite(keks=[direct], dek=dek)
    cases.add(
        "record: wrapped under its DEK itself", "service", edits, "decrypt", 0, configuration=allow(records=["record"])
    )
    body_key = head_writer.encode_kek(header.A256KW, None, locator, wrap.wrap_aes(derive.record_kek(dek), dek), NOW)
    edits = forge.rewrite(keks=[body_key], dek=dek)
    cases.add(
        "record: wrapped under another record's key",
        "service",
        edits,
        "decrypt",
        0,
        configuration=allow(records=["record"]),
    )
