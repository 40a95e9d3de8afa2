"""Explains the code of a rule, an error text of Azure, or a line of a vault's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .. import _cmkit
from .build import build
from .input import Documents, Settings, Time, documents_of, judgement_of
from .rules import Rule
from .words import RuleCode, Standing


@dataclass(frozen=True, slots=True)
class Cited:
    """A finding that is cited."""

    code: RuleCode
    message: str
    file: str
    line: int
    evidence: str | None
    command: str | None


@dataclass(frozen=True, slots=True)
class Symptom:
    """What a text was recognised as."""

    id: str
    meaning: str
    source: str
    """The public page that it rests on."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What else a text says, for example the name of a vault."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Cause:
    """What it can come from."""

    what: str
    rules: tuple[RuleCode, ...]
    """The rules that find it."""
    look: str
    """Where to look."""
    command: str | None
    """The command that looks."""
    standing: Standing
    """What the documents say of it."""
    findings: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code or a text means."""

    schema: Literal[1]
    """The version of this shape."""
    rule: Rule | None
    """The rule, where the text is its code."""
    standing: Standing
    """What the documents say of that rule."""
    findings: tuple[Cited, ...]
    """Its findings."""
    symptoms: tuple[Symptom, ...]
    """What the text was recognised as."""
    seen: tuple[Seen, ...]
    causes: tuple[Cause, ...]
    """What it can come from, the likeliest first."""
    remarks: tuple[str, ...]
    nearest: tuple[RuleCode, ...]
    """Codes that may be meant, where nothing was recognised."""


def explain(
    text: str, *, documents: Documents | None = None, at: Time | None = None, settings: Settings | None = None
) -> Explanation:
    """Explain the code of a rule, or any text: an error message, a line of a log.

    With documents, causes that they show come first, and those that they rule out last.

    >>> import cmkit
    >>> cmkit.explain("Operation wrapKey is not allowed on a disabled key.").causes[0].rules
    ('CMK2004',)

    :param documents: as `check` takes them: one, or a list.
    """
    others = None if documents is None else documents_of([documents])
    return build(Explanation, _cmkit.explain(text, others, judgement_of(at, settings)))
