"""Cases of `header.json` about locators: where a KEK entry says that its key is."""

from __future__ import annotations

from cbor import encode
from header_cases import (
    HOST,
    MALFORMED,
    NAME,
    VERSION,
    HeaderCases,
    raw_array,
    vault,
)


def make(cases: HeaderCases) -> None:
    locators(cases)
    hosts(cases)


def locators(cases: HeaderCases) -> None:
    for name, locator in (
        ("null", b"\xf6"),
        ("a map", b"\xa0"),
        ("text", encode("https://orders.vault.azure.net/keys/orders")),
        ("empty array", b"\x80"),
        ("holder alone", encode([1])),
        ("no version", encode([1, HOST, NAME])),
        ("five items", encode([1, HOST, NAME, VERSION, VERSION])),
        ("holder is text", encode(["1", HOST, NAME, VERSION])),
        ("host is bytes", encode([1, HOST.encode(), NAME, VERSION])),
        ("name is bytes", encode([1, HOST, NAME.encode(), VERSION])),
        ("version is text", encode([1, HOST, NAME, VERSION.hex()])),
        ("version of 15", vault(version=VERSION[:15])),
        ("version of 17", vault(version=VERSION + b"\0")),
        ("version of 0", vault(version=b"")),
        ("version of 32", vault(version=VERSION * 2)),
        ("version null", raw_array(b"\x01", encode(HOST), encode(NAME), b"\xf6")),
        ("nested", raw_array(b"\x01", raw_array(encode(HOST)), encode(NAME), encode(VERSION))),
        ("indefinite", b"\x9f\x01" + encode(HOST) + encode(NAME) + encode(VERSION) + b"\xff"),
        ("long head", b"\x98\x04\x01" + encode(HOST) + encode(NAME) + encode(VERSION)),
        ("long holder", raw_array(b"\x18\x01", encode(HOST), encode(NAME), encode(VERSION))),
        ("long version head", raw_array(b"\x01", encode(HOST), encode(NAME), b"\x58\x10" + VERSION)),
        ("empty name", vault(name="")),
        ("name of 128", vault(name="a" * 128)),
        ("name in upper case", vault(name="Orders")),
        ("name with a dot", vault(name="a.b")),
        ("name with an underscore", vault(name="a_b")),
        ("name with a slash", vault(name="a/b")),
        ("name with a line feed at its end", vault(name="a\n")),
        ("name outside ASCII", vault(name="é")),
        ("name with a digit outside ASCII", vault(name="a\u0661")),
        ("RSA held by the program", encode([0, NAME, VERSION])),
        ("RSA under a key record", encode([2, VERSION])),
    ):
        cases.locator(name, locator)
    for name, locator in (
        ("program, four items", encode([0, HOST, NAME, VERSION])),
        ("program, two items", encode([0, NAME])),
        ("program, empty name", encode([0, "", VERSION])),
        ("program, name of 128", encode([0, "a" * 128, VERSION])),
        ("program, name in upper case", encode([0, "A", VERSION])),
        ("program, version of 15", encode([0, NAME, VERSION[:15]])),
        ("program, version as text", encode([0, NAME, VERSION.hex()])),
        ("record, dek_id of 15", encode([2, VERSION[:15]])),
        ("record, dek_id of 17", encode([2, VERSION + b"\0"])),
        ("record, dek_id as text", encode([2, VERSION.hex()])),
        ("record, three items", encode([2, VERSION, VERSION])),
        ("record, one item", encode([2])),
        ("vault, three items", encode([1, NAME, VERSION])),
    ):
        cases.locator(name, locator, rsa=False)
    cases.locator("name of 1", vault(name="a"), None)
    cases.locator("name of 127", vault(name="a" * 127), None)
    cases.locator("name of hyphens", vault(name="-a-"), None)
    cases.locator("name of digits", vault(name="0123456789"), None)
    cases.locator("program, name of 127", encode([0, "a" * 127, VERSION]), None, rsa=False)
    for holder in (3, 4, 23, 24, 255, 2**32, 2**53):
        cases.locator(f"holder {holder}", encode([holder, HOST, NAME, VERSION]), "unsupported")
    cases.locator("holder 3 of A256KW", encode([3, HOST, NAME, VERSION]), "unsupported", rsa=False)
    cases.locator("holder 3 with one item", encode([3]), ["unsupported", MALFORMED], rsa=False)
    cases.locator("negative holder", encode([-1, HOST, NAME, VERSION]), ["unsupported", MALFORMED])


def hosts(cases: HeaderCases) -> None:
    for host in (
        "orders.managedhsm.azure.net",
        "a",
        "127.0.0.1:8443",
        "localhost:1",
        "localhost:65535",
        "localhost:80",
        "localhost:4430",
        "0.a-b.c--d.9",
        "a" * 63 + "." + "b" * 63,
        "a" * 63 + "." + "b" * 62 + ".c",
        "a" * 63 + "." + "b" * 59 + ":8443",
        "xn--bcher-kva.example",
    ):
        cases.locator(f"host {host}", vault(host=host), None)
    for host in (
        "",
        "Orders.vault.azure.net",
        "orders.vault.azure.net:443",
        "localhost:",
        "localhost:0",
        "localhost:08443",
        "localhost:65536",
        "localhost:99999",
        "localhost:100000",
        "localhost:+80",
        "localhost:80a",
        "localhost: 80",
        "localhost:80:80",
        "localhost:80\n",
        "localhost:\u0661",
        ":8443",
        "a" * 63 + "." + "b" * 63 + ".c",
        "a" * 63 + "." + "b" * 60 + ":8443",
        "a" * 64 + ".net",
        "-a.net",
        "a-.net",
        "a.-b",
        "a.b-",
        "-",
        "a.net.",
        ".a.net",
        "a..net",
        ".",
        "a_b.net",
        "a b.net",
        "a.net\n",
        "user@a.net",
        "a.net/keys",
        "a.net?",
        "a.net#",
        "a\\b",
        "[::1]",
        "[::1]:8443",
        "::1",
        "https://a.net",
        "%61.net",
        "bücher.example",
        "a\u3002net",
        "a\0.net",
    ):
        cases.locator(f"host {host!a}", vault(host=host))
