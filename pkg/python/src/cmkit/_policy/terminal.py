"""A report in colours, for terminals and notebooks with rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

STYLES = {
    r"(?m)^error CMK\d{4}.*": "bold red",
    r"(?m)^warning CMK\d{4}.*": "bold yellow",
    r"(?m)^note CMK\d{4}.*": "bold green",
    r"(?m)^unknown .*": "bold cyan",
    r"(?m)^accepted .*": "dim",
    r"(?m)^(see also|not settled|[a-z]+):(?= )": "dim",
    r"(?m)(?<=^place: ).+": "blue",
    r"(?m)(?<=^found: )[^;\n]+(?=.* as of )": "bold",
    r"https://[^\s`]+": "underline",
}


def shown(plain: str) -> Text:
    """The plain report, which the core has made safe for terminals, with its lines told apart by colours."""
    from rich.text import Text

    text = Text(plain.rstrip("\n"))
    for pattern, style in STYLES.items():
        text.highlight_regex(pattern, style)
    return text
