"""The Python of the guide, as one program."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import cmkit.fsspec


def test_guide() -> None:
    guide = (Path(__file__).parents[4] / "docs" / "data-at-scale.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 5
    exec("\n".join(blocks), {"__name__": "guide"})


def test_documented_examples() -> None:
    assert doctest.testmod(cmkit.fsspec) == (0, 5)
