"""The error classes of the format. Every check of this reference ends in exactly one of them."""

CLASSES = frozenset(
    {
        "malformed",
        "unsupported",
        "too_large",
        "truncated",
        "no_key",
        "context",
        "decrypt",
        "not_allowed",
        "out_of_range",
        "denied",
        "unavailable",
    }
)


class Failure(Exception):
    """An operation that ended in an error class."""

    def __init__(self, code: str, detail: str = "") -> None:
        assert code in CLASSES, code
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
