"""Mends documents: the patches of a check's findings, applied as far as they mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import _cmkit
from .build import build
from .finding import Finding
from .input import Documents, Settings, Time, documents_of, judgement_of
from .words import LeftBecause, RuleCode


@dataclass(frozen=True, slots=True)
class Left:
    """A finding that was chosen and still stands."""

    finding: Finding
    reason: LeftBecause


@dataclass(frozen=True, slots=True)
class Mended:
    """A document after it, mended or not; comments and layout stay."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """What came of it."""

    documents: tuple[Mended, ...]
    """Every document, in the order in which they were given."""
    done: tuple[Finding, ...]
    """The findings that are mended, in the order in which that was done."""
    left: tuple[Left, ...]
    """The findings that were chosen and still stand."""


def fix(
    *documents: Documents,
    only: Sequence[RuleCode] = (),
    irreversible: bool = False,
    at: Time | None = None,
    settings: Settings | None = None,
    baseline: Settings | None = None,
) -> Fixed:
    """Mend what a check finds. A mend is kept if its finding is gone after it and no error came. No file is written.

    >>> import cmkit
    >>> template = cmkit.scaffold("orders", region="westus3", to="arm")
    >>> broken = template.replace('"bypass": "AzureServices"', '"bypass": "None"')
    >>> cmkit.fix(broken, at="2026-12-01").documents[0].text == template
    True

    :param documents: as `check` takes them.
    :param only: only these codes.
    :param irreversible: also what can't be undone.
    """
    texts = documents_of(documents)
    given = _cmkit.fix(texts, list(only), irreversible, judgement_of(at, settings, baseline))
    mended = tuple([Mended(name, text) for (name, _), text in zip(texts, given["texts"], strict=True)])
    done = tuple([build(Finding, finding) for finding in given["done"]])
    return Fixed(mended, done, tuple([build(Left, left) for left in given["left"]]))
