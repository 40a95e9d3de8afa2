"""`header.json`: heads alone, judged by their form. MAC, salt and commitment are filler."""

from __future__ import annotations

import cases_locator
from cbor import TEXT, encode, head
from header import MAGIC
from header_cases import (
    MALFORMED,
    NAME,
    THUMB,
    VERSION,
    WRAPPED,
    HeaderCases,
    entry,
    header,
    numbered,
    raw_array,
    raw_map,
    symmetric,
    vault,
)
from make_keys import stream
from maker import Maker


def make(maker: Maker) -> None:
    cases = HeaderCases(maker)
    accepted(cases)
    encoding(cases)
    core_entries(cases)
    names_and_context(cases)
    kek_entries(cases)
    cases_locator.make(cases)
    lists(cases)
    lengths(cases)
    records(cases)


def accepted(cases: HeaderCases) -> None:
    cases.header("one RSA entry, empty core", header(), None)
    cases.kek("RSA without locator", entry(locator=b""), None)
    cases.kek("RSA without time", entry(time=b""), None)
    cases.kek("RSA with nothing optional", entry(locator=b"", time=b""), None)
    for size in (256, 384, 512):
        cases.kek(f"RSA, {size} bytes wrapped", entry(wrapped=encode(WRAPPED[:size])), None)
    cases.kek("A256KW in a vault", symmetric(), None)
    cases.kek("A256KW held by the program", symmetric(encode([0, NAME, VERSION])), None)
    cases.kek("A256KW under a key record", symmetric(encode([2, VERSION])), None)
    for time in (0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53 - 1):
        cases.kek(f"time {time}", entry(time=encode(time)), None)
    full = {
        1: {"b": "1", "aa": "", "é": "鍵"},
        2: ["c", "bb"],
        3: "acme.invoice/v2",
        4: "application/json",
    }
    cases.core("every core entry", encode(full), None)
    cases.core("namespace of 1", encode({3: "!"}), None)
    cases.core("namespace of 255", encode({3: "!~" * 127 + "a"}), None)
    cases.core("content type of 1 space", encode({4: " "}), None)
    cases.core("content type of 255", encode({4: " ~" * 127 + "a"}), None)
    cases.core("64 context items", encode({1: {f"k{i:02}": "" for i in range(64)}}), None)
    cases.core("64 external names", encode({2: [f"k{i:02}" for i in range(64)]}), None)
    cases.core("64 of each", encode({1: {f"k{i:02}": "" for i in range(64)}, 2: [f"n{i:02}" for i in range(64)]}), None)
    cases.core("core of 8192 bytes", encode({1: {"k": "v" * 8184}}), None)
    cases.core("text with a NUL and controls", encode({1: {"\0": "\x1b[31m\r\n\u202e"}}), None)
    cases.core("text outside the basic plane", encode({1: {"\U0010ffff": "\ufffe\U00010000"}}), None)
    cases.header("16 entries", header(keks=numbered(16)), None)
    two = [entry(), entry(thumb=encode(THUMB[::-1]), locator=vault(version=VERSION[::-1]))]
    cases.header("two versions of one key", header(keks=two), None)
    two = [entry(), symmetric(vault(name="other"))]
    cases.header("RSA and A256KW", header(keks=two), None)
    two = [entry(locator=b""), entry(thumb=encode(THUMB[::-1]), locator=b"")]
    cases.header("two RSA entries without locator", header(keks=two), None)
    two = [symmetric(), symmetric(encode([0, NAME, VERSION]))]
    cases.header("one name and version in two holders", header(keks=two), None)
    cases.header("one byte of padding", header() + b"\0", None)
    cases.header("padding to 16384", header().ljust(16384, b"\0"), None)


def encoding(cases: HeaderCases) -> None:
    """CBOR that is not deterministic, or has nothing to do here."""
    good = header()
    kek = entry()
    core = b"\x41\xa0"
    tail = b"\x81" + kek
    cases.header("only zeros", bytes(100))
    cases.header("one zero", b"\0")
    cases.header("a map", b"\xa2" + good[1:])
    cases.header("array of one", b"\x81" + core)
    cases.header("array of three", b"\x83" + core + tail + b"\x00")
    cases.header("array of none", b"\x80")
    cases.header("indefinite outer array", b"\x9f" + core + tail + b"\xff")
    cases.header("indefinite KEK array", b"\x82" + core + b"\x9f" + kek + b"\xff")
    cases.header("indefinite KEK map", b"\x82" + core + b"\x81\xbf" + kek[1:] + b"\xff")
    cases.header("indefinite core string", b"\x82\x5f" + core + b"\xff" + tail)
    cases.header("core as text", b"\x82\x61\xa0" + tail)
    cases.header("core as a map", b"\x82\xa0" + tail)
    cases.header("core as an array of bytes", b"\x82\x81\x18\xa0" + tail)
    cases.header("KEK array is a map", b"\x82" + core + b"\xa1" + kek)
    cases.header("KEK array is a string", b"\x82" + core + encode(b"\x81" + kek))
    cases.header("long head of the outer array", b"\x98\x02" + core + tail)
    cases.header("long head of the core string", b"\x82\x58\x01\xa0" + tail)
    cases.header("longer head of the core string", b"\x82\x59\x00\x01\xa0" + tail)
    cases.header("long head of the KEK array", b"\x82" + core + b"\x98\x01" + kek)
    cases.header("long head of the KEK map", b"\x82" + core + b"\x81\xb8\x05" + kek[1:])
    cases.header("longest head of the outer array", b"\x9b" + (2).to_bytes(8, "big") + core + tail)
    for low in (28, 29, 30):
        cases.header(f"reserved length {low}", bytes([0x80 | low]) + core + tail)
    cases.header("tag before the header", b"\xc1" + good)
    cases.header("self-described CBOR", b"\xd9\xd9\xf7" + good)
    cases.header("tag 24 before the core", b"\x82\xd8\x18" + core + tail)
    cases.header("break in place of the KEK array", b"\x82" + core + b"\xff")
    cases.header("core string over the end", b"\x82\x5a\xff\xff\xff\xff\xa0" + tail)
    cases.header("core string far over the end", b"\x82\x5b" + b"\xff" * 8 + b"\xa0" + tail)
    cases.header(
        "KEK array of 2^32 entries",
        b"\x82" + core + b"\x9b" + (2**32).to_bytes(8, "big") + kek,
        [MALFORMED, "too_large"],
    )
    cases.header("KEK array of 2^64-1 entries", b"\x82" + core + b"\x9b" + b"\xff" * 8 + kek, [MALFORMED, "too_large"])
    cases.header("KEK array says two, has one", b"\x82" + core + b"\x82" + kek)
    cases.header("deep nesting", b"\x81" * 4000)
    cases.header("deep nesting of maps", b"\x82" + core + b"\xa1\x01" * 2000)
    cases.header("header cut inside the KEK", good[:-1])
    cases.header("header cut after the core", good[:3])
    for value, name in (
        (b"\x01", "one"),
        (b"\xff", "0xff"),
        (b"\x00\x01", "zero, then one"),
        (good, "a second header"),
    ):
        cases.header(f"padding: {name}", good + value)
    cases.header("padding: last of many bytes", good + bytes(99) + b"\x80")
    # Inside the core and the KEK map.
    pair = encode("k") + encode("v")
    for name, raw in (
        ("indefinite core map", b"\xbf\x03\x61a\xff"),
        ("long head of the core map", b"\xb8\x01\x03\x61a"),
        ("long key", b"\xa1\x18\x03\x61a"),
        ("long head of text", b"\xa1\x03\x78\x01a"),
        ("longer head of text", b"\xa1\x03\x79\x00\x01a"),
        ("indefinite text", b"\xa1\x03\x7f\x61a\xff"),
        ("indefinite context", b"\xa1\x01\xbf" + pair + b"\xff"),
        ("long head of the context", b"\xa1\x01\xb8\x01" + pair),
        ("indefinite names", b"\xa1\x02\x9f\x61a\xff"),
        ("long head of the names", b"\xa1\x02\x98\x01\x61a"),
        ("tagged text", b"\xa1\x03\xc0\x61a"),
        ("tagged map", b"\xc1\xa1\x03\x61a"),
        ("bytes for text", b"\xa1\x03\x41a"),
        ("number for text", b"\xa1\x03\x01"),
        ("null", b"\xa1\x03\xf6"),
        ("undefined", b"\xa1\x03\xf7"),
        ("true for text", b"\xa1\x03\xf5"),
        ("half float", b"\xa1\x03\xf9\x3c\x00"),
        ("single float", b"\xa1\x03\xfa\x3f\x80\x00\x00"),
        ("double float", b"\xa1\x03\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00"),
        ("simple value 0", b"\xa1\x03\xe0"),
        ("simple value 255", b"\xa1\x03\xf8\xff"),
        ("break", b"\xa1\x03\xff"),
        ("text key", b"\xa1\x613\x61a"),
        ("negative key", b"\xa1\x22\x61a"),
        ("float key", b"\xa1\xf9\x42\x00\x61a"),
        ("key over 64 bits, as a bignum", b"\xa1\xc2\x41\x03\x61a"),
        ("byte after the map", b"\xa0\x00"),
        ("second map after the map", b"\xa1\x03\x61a\xa0"),
        ("empty string", b""),
        ("array for the map", b"\x80"),
        ("map of two with one entry", b"\xa2\x03\x61a"),
        ("map of one with two entries", b"\xa1\x03\x61a\x04\x61b"),
        ("map of 2^64-1 entries", b"\xbb" + b"\xff" * 8 + b"\x03\x61a"),
        ("text over the end", b"\xa1\x03\x62a"),
        ("text far over the end", b"\xa1\x03\x7b" + b"\xff" * 8 + b"a"),
        ("key without value", b"\xa1\x03"),
    ):
        cases.core(f"core: {name}", raw)


def core_entries(cases: HeaderCases) -> None:
    for name, core in (
        ("key 0", encode({0: "a"})),
        ("key 6", encode({6: "a"})),
        ("key 6 beside known ones", encode({3: "a", 6: True})),
        ("key 24", encode({24: "a"})),
        ("duplicate key", raw_map((b"\x03", encode("a")), (b"\x03", encode("a")))),
        ("keys in the wrong order", raw_map((b"\x04", encode("a")), (b"\x03", encode("a")))),
        ("empty context", encode({1: {}})),
        ("empty names", encode({2: []})),
        ("empty namespace", encode({3: ""})),
        ("empty content type", encode({4: ""})),
        ("context is an array", encode({1: ["a", "b"]})),
        ("names are a map", encode({2: {"a": "b"}})),
        ("names are text", encode({2: "a"})),
        ("names hold bytes", encode({2: [b"a"]})),
        ("names nest", encode({2: [["a"]]})),
        ("context value is a map", encode({1: {"a": {"b": "c"}}})),
        ("context value is an array", encode({1: {"a": ["b"]}})),
        ("context value is a number", encode({1: {"a": 1}})),
        ("context value is bytes", encode({1: {"a": b"b"}})),
        ("context key is a number", raw_map((b"\x01", raw_map((b"\x01", encode("a")))))),
        ("context key is bytes", encode({1: {b"a": "b"}})),
        ("namespace of 256", encode({3: "a" * 256})),
        ("namespace with a space", encode({3: "a b"})),
        ("namespace with DEL", encode({3: "a\x7f"})),
        ("namespace with a line feed at its end", encode({3: "a\n"})),
        ("namespace with NUL", encode({3: "a\0"})),
        ("namespace outside ASCII", encode({3: "é"})),
        ("namespace is an array", encode({3: ["a"]})),
        ("content type of 256", encode({4: "a" * 256})),
        ("content type with a tab", encode({4: "a\tb"})),
        ("content type with a line feed at its end", encode({4: "a\n"})),
        ("content type outside ASCII", encode({4: "é"})),
        ("content type with DEL", encode({4: "\x7f"})),
        ("entry 5 in a message", encode({5: True})),
        ("entry 5 false in a message", b"\xa1\x05\xf4"),
        ("core of 8193 bytes", encode({1: {"k": "v" * 8185}})),
    ):
        cases.core(f"core: {name}", core)


def names_and_context(cases: HeaderCases) -> None:
    def context(*keys: bytes) -> bytes:
        return raw_map((b"\x01", raw_map(*((head(TEXT, len(key)) + key, encode("v")) for key in keys))))

    def names(*items: bytes) -> bytes:
        return raw_map((b"\x02", raw_array(*(head(TEXT, len(item)) + item for item in items))))

    for what, build in (("context", context), ("names", names)):
        for name, keys in (
            ("in string order", (b"aa", b"b")),
            ("long text sorted as a string", (b"a" * 24, b"b")),
            ("long text sorted as a string, at 256", (b"a" * 256, b"b" * 255)),
            ("duplicate", (b"a", b"a")),
            ("duplicate at the end", (b"a", b"b", b"b")),
            ("descending", (b"b", b"a")),
            ("in UTF-16 order", ("\U00010000".encode(), "\uffff1".encode())),
            ("empty text", (b"",)),
            ("empty text first", (b"", b"a")),
            ("lone continuation byte", (b"\x80",)),
            ("cut sequence", (b"\xc3",)),
            ("overlong", (b"\xc0\xaf",)),
            ("overlong NUL", (b"\xc0\x80",)),
            ("surrogate", (b"\xed\xa0\x80",)),
            ("surrogate pair", (b"\xed\xa0\x80\xed\xb0\x80",)),
            ("over U+10FFFF", (b"\xf4\x90\x80\x80",)),
            ("byte FF", (b"\xff",)),
            ("65 items", tuple(b"k%02d" % i for i in range(65))),
        ):
            cases.core(f"{what}: {name}", build(*keys))
        for name, keys in (
            ("b before aa", (b"b", b"aa")),
            ("23 bytes before 24 before 255 before 256", (b"z" * 23, b"y" * 24, b"x" * 255, b"w" * 256)),
            ("composed and decomposed", ("é".encode(), "e\u0301".encode())),
            ("byte order", (b"A", b"Z", b"a", b"z")),
            ("by UTF-8 length", ("\uffff".encode(), "\U00010000".encode())),
        ):
            cases.core(f"{what}: {name}", build(*keys), None)
    value = head(TEXT, 1) + b"\xff"
    cases.core("context: value that is not UTF-8", raw_map((b"\x01", raw_map((encode("a"), value)))))
    cases.core("context and names share a name", encode({1: {"a": "1", "b": "2"}, 2: ["b", "c"]}))
    cases.core("context and names differ in normalisation", encode({1: {"é": ""}, 2: ["e\u0301"]}), None)


def kek_entries(cases: HeaderCases) -> None:
    alg, thumb, locator = (b"\x01", encode(-41)), (b"\x02", encode(THUMB)), (b"\x03", vault())
    wrapped, time = (b"\x04", encode(WRAPPED[:256])), (b"\x05", encode(1_700_000_000))
    for name, kek in (
        ("without algorithm", raw_map(thumb, locator, wrapped, time)),
        ("without wrapped key", raw_map(alg, thumb, locator, time)),
        ("RSA without thumbprint", raw_map(alg, locator, wrapped, time)),
        ("RSA with wrapped key alone", raw_map(alg, wrapped)),
        ("A256KW without locator", symmetric(b"")),
        ("A256KW with thumbprint", symmetric(thumb=encode(THUMB))),
        ("key 0", raw_map((b"\x00", b"\x00"), alg, thumb, locator, wrapped, time)),
        ("key 6", raw_map(alg, thumb, locator, wrapped, time, (b"\x06", b"\x00"))),
        ("negative key", raw_map(alg, thumb, locator, wrapped, time, (b"\x20", b"\x00"))),
        ("text key", raw_map(alg, thumb, locator, wrapped, time, (encode("a"), b"\x00"))),
        ("duplicate algorithm", raw_map(alg, alg, thumb, locator, wrapped, time)),
        ("duplicate wrapped key", raw_map(alg, thumb, locator, wrapped, wrapped, time)),
        ("wrong order", raw_map(thumb, alg, locator, wrapped, time)),
        ("wrong order at the end", raw_map(alg, thumb, locator, time, wrapped)),
        ("long algorithm", entry(alg=b"\x39\x00\x28")),
        ("A256KW, long algorithm", symmetric(alg=b"\x38\x04")),
        ("text algorithm", entry(alg=encode("RSA-OAEP-256"))),
        ("bytes algorithm", entry(alg=encode(b"\x28"))),
        ("true as algorithm", entry(alg=b"\xf5")),
        ("float as algorithm", entry(alg=b"\xf9\xd1\x20")),
        ("thumbprint of 31", entry(thumb=encode(THUMB[:31]))),
        ("thumbprint of 33", entry(thumb=encode(THUMB + b"\0"))),
        ("thumbprint of 0", entry(thumb=encode(b""))),
        ("thumbprint as text", entry(thumb=encode("a" * 32))),
        ("long head of the thumbprint", entry(thumb=b"\x59\x00\x20" + THUMB)),
        ("indefinite thumbprint", entry(thumb=b"\x5f\x58\x20" + THUMB + b"\xff")),
        ("wrapped key as text", entry(wrapped=encode("a" * 256))),
        ("wrapped key null", entry(wrapped=b"\xf6")),
        ("long head of the wrapped key", entry(wrapped=b"\x5a\x00\x00\x01\x00" + WRAPPED[:256])),
        ("A256KW, long head of the wrapped key", symmetric(wrapped=b"\x59\x00\x28" + WRAPPED[:40])),
        ("time 2^53", entry(time=encode(2**53))),
        ("time 2^64-1", entry(time=encode(2**64 - 1))),
        ("negative time", entry(time=encode(-1))),
        ("time as a float", entry(time=b"\xfb\x41\xd9\x54\xfc\x40\x00\x00\x00")),
        ("time as text", entry(time=encode("2023-11-14T22:13:20Z"))),
        ("tagged time", entry(time=b"\xc1" + encode(1_700_000_000))),
        ("long time", entry(time=b"\x1b" + (1_700_000_000).to_bytes(8, "big"))),
        ("time null", entry(time=b"\xf6")),
        ("an array", raw_array(encode(-41))),
        ("a number", b"\x00"),
        ("empty", b"\xa0"),
    ):
        cases.kek(f"entry: {name}", kek)
    for size in (0, 1, 40, 128, 255, 257, 383, 385, 511):
        cases.kek(f"entry: RSA, {size} bytes wrapped", entry(wrapped=encode(WRAPPED[:size])))
    cases.kek("entry: RSA, 513 bytes wrapped", entry(wrapped=encode(WRAPPED + b"\0")))
    for size in (0, 32, 39, 41, 48, 256):
        cases.kek(f"entry: A256KW, {size} bytes wrapped", symmetric(wrapped=encode(WRAPPED[:size])))
    for number in (-42, -40, -3, -4, -6, -7, -1, 0, 1, 3, 41, -257, -65537, 2**31):
        cases.kek(f"entry: algorithm {number}", entry(alg=encode(number)), "unsupported")
    cases.kek(
        "entry: RSA-OAEP-512 with 384 bytes", entry(alg=encode(-42), wrapped=encode(WRAPPED[:384])), "unsupported"
    )
    for number in (2**63, -(2**63) - 1, -(2**64)):
        cases.kek(f"entry: algorithm {number}", entry(alg=encode(number)), ["unsupported", MALFORMED])
    unknown = entry(alg=encode(-70000), wrapped=encode(WRAPPED * 2))
    cases.kek("entry: unknown algorithm with a large wrapped key", unknown, ["unsupported", MALFORMED])
    two = [entry(), entry(alg=encode(-42), thumb=encode(THUMB[::-1]), locator=b"")]
    cases.header("entry: unknown algorithm beside a known one", header(keks=two), "unsupported")


def lists(cases: HeaderCases) -> None:
    cases.header("no entry", header(keks=[]))
    cases.header("17 entries", header(keks=numbered(17)), [MALFORMED, "too_large"])
    other = encode(THUMB[::-1])
    for name, keks in (
        ("one entry twice", [entry(), entry()]),
        ("one thumbprint twice", [entry(), entry(locator=vault(name="other"))]),
        ("one thumbprint twice, apart", [entry(), numbered(1)[0], entry(locator=vault(name="other"))]),
        (
            "one thumbprint twice, without locators",
            [entry(locator=b""), entry(locator=b"", wrapped=encode(WRAPPED[:384]))],
        ),
        ("one locator twice", [entry(), entry(thumb=other)]),
        ("one locator twice, RSA and A256KW", [entry(), symmetric()]),
        ("one locator twice, A256KW", [symmetric(), symmetric(wrapped=encode(WRAPPED[40:80]))]),
        (
            "one program key twice",
            [symmetric(encode([0, NAME, VERSION])), symmetric(encode([0, NAME, VERSION]), time=b"")],
        ),
        ("one key record twice", [symmetric(encode([2, VERSION])), symmetric(encode([2, VERSION]), time=b"")]),
    ):
        cases.header(f"list: {name}", header(keks=keks))


def lengths(cases: HeaderCases) -> None:
    good = header()
    cases.header("L 0", b"")
    cases.header("L 16385", good.ljust(16385, b"\0"), "too_large")
    cases.header("L 65536", good.ljust(65536, b"\0")[:20000], "too_large", length=65536)
    cases.header("L 65537", good, length=65537)
    cases.header("L larger than the head", good, "truncated", length=len(good) + 89)
    cases.header("L that takes in the rest", good, ["truncated", MALFORMED], length=len(good) + 88)
    preamble = (MAGIC + bytes([1, 1, 0, 0]) + len(good).to_bytes(4, "big")).hex()
    tail = stream("tail", 88).hex()
    for name, data, error in (
        ("nothing", "", "truncated"),
        ("preamble alone", preamble, "truncated"),
        ("header alone", preamble + good.hex(), "truncated"),
        ("head but one byte", (preamble + good.hex() + tail)[:-2], "truncated"),
        ("a byte after the head", preamble + good.hex() + tail + "00", MALFORMED),
        ("suite 2", preamble.replace("0101", "0102") + good.hex() + tail, None),
        ("suite 3", preamble.replace("0101", "0103") + good.hex() + tail, "unsupported"),
    ):
        cases.maker.add("header", {"name": f"head: {name}", "head": {"hex": data}}, error)


def records(cases: HeaderCases) -> None:
    cases.header("record: one entry", header(), None, flags=1)
    cases.core("record: entries 1, 3 and 5", encode({1: {"b": "", "aa": ""}, 3: "a", 5: True}), None, flags=1)
    cases.core("record: entry 5", encode({5: True}), None, flags=1)
    cases.kek("record: held by the program", symmetric(encode([0, NAME, VERSION])), None, flags=1)
    for name, core in (
        ("entry 2", encode({2: ["a"]})),
        ("entry 4", encode({4: "a"})),
        ("entry 5 false", b"\xa1\x05\xf4"),
        ("entry 5 null", b"\xa1\x05\xf6"),
        ("entry 5 of 1", encode({5: 1})),
        ("entry 5 twice", b"\xa2\x05\xf5\x05\xf5"),
        ("entry 5 before 3", b"\xa2\x05\xf5\x03\x61a"),
        ("long true", b"\xa1\x05\xf8\x15"),
        ("entry 6", encode({6: True})),
    ):
        cases.core(f"record: {name}", core, flags=1)
    cases.kek("record: under a key record", symmetric(encode([2, VERSION])), flags=1)
    keks = [entry(), symmetric(encode([2, VERSION]))]
    cases.header("record: under a key record too", header(keks=keks), flags=1)
    data = MAGIC + bytes([1, 2, 1, 0]) + len(header()).to_bytes(4, "big") + header() + stream("tail", 88)
    cases.maker.add("header", {"name": "record: suite 2", "head": {"hex": data.hex()}}, [MALFORMED, "unsupported"])
    data = data[:5] + b"\x01" + data[6:] + b"\0"
    cases.maker.add("header", {"name": "record: a byte after it", "head": {"hex": data.hex()}}, MALFORMED)
