"""What a check reports: the core's findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .words import Consequence, Level, Origin, RuleCode, Verdict


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands: bytes of the UTF-8 text, and lines and columns from 1 (columns count characters)."""

    start: int
    """The first byte."""
    end: int
    """One past the last byte."""
    line: int
    column: int
    end_line: int
    end_column: int
    """The column after the last byte."""


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that has a part in a finding."""

    message: str
    """Its part."""
    file: str
    pointer: str
    """JSON Pointer of the value; in a form `/` and the name of the field."""
    span: Span


@dataclass(frozen=True, slots=True)
class PatchOperation:
    """One step of a patch (RFC 6902) of the finding's file."""

    op: Literal["add", "replace", "remove"]
    path: str
    value: Any = None
    """What is written; nothing for `remove`."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A way to mend it."""

    description: str
    """What to do."""
    irreversible: bool
    """It can't be undone, or can't be done later."""
    patch: tuple[PatchOperation, ...]
    """The change that does it; empty where that is a person's to decide. `Report.fix` applies it to the text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says about one thing that it looked at."""

    code: RuleCode
    """The code of the rule."""
    verdict: Verdict
    level: Level
    consequence: Consequence
    """What happens if nothing is done."""
    message: str
    """What is wrong, in one line."""
    expected: str | None
    """What should stand there."""
    actual: str | None
    """What stands there."""
    source: Origin | None
    """Where that comes from; nothing where nothing stands there, or more than one value together."""
    resource: str | None
    """The resource that it is about, its type and its name: `Microsoft.KeyVault/vaults kv-orders`."""
    pointer: str
    """JSON Pointer of the value; in a form `/` and the name of the field."""
    file: str
    span: Span
    fingerprint: str
    """32 hexadecimal digits that stay the same while the finding does."""
    related: tuple[Related, ...]
    why: str
    """Why it matters."""
    fixes: tuple[Fix, ...]
    evidence: str | None = None
    """Where it is unknown: what would settle it."""
    command: str | None = None
    """Where it is unknown: the command that fetches that, if there is one."""
    reason: str | None = None
    """Where it is accepted: why."""
    until: str | None = None
    """Where it is accepted: until when, if there is an end."""

    @property
    def place(self) -> str:
        """`main.json:40:21`"""
        return f"{self.file}:{self.span.line}:{self.span.column}"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read. Clusters and the like that are only referred to count too."""

    files: tuple[str, ...]
    clusters: int
    identities: int
    vaults: int
    keys: int


@dataclass(frozen=True, slots=True)
class Summary:
    """How much of what a report says."""

    errors: int
    """Failed findings of level error."""
    warnings: int
    """Failed findings of level warning."""
    notes: int
    """Failed findings of level note."""
    unknown: int
    """Findings that the files don't settle."""
    suppressed: int
    """Accepted findings."""
    stale: int
    """Entries of the baseline that fit nothing any more."""
    passed: int
    """Rules that passed."""
    not_applicable: int
    """Rules that had nothing to look at."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What would settle an open question."""

    evidence: tuple[str, ...]
    command: str | None
    """The command that fetches it, where there is one."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What the files don't say at one place, which rules wait for it, and what would settle it."""

    finding: Finding
    """The first of the findings."""
    codes: tuple[RuleCode, ...]
    answers: tuple[Answer, ...]
