"""The table of rules, and the fields of the form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .. import _cmkit
from .build import build
from .words import Basis, Consequence, Level, Relation, RuleCode


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """The like rule of another tool."""

    tool: str
    id: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its code, and all that is said about it anywhere."""

    code: RuleCode
    title: str
    """What is right, in a few words."""
    level: Level
    """How bad it is to break it."""
    consequence: Consequence
    """What happens then."""
    time_to_impact: str
    """How soon."""
    evidence: str
    """What settles it where the files don't."""
    why: str
    """Why it matters."""
    fix: str
    """How to mend it."""
    irreversible: bool
    """The mend can't be undone, or can't be made later."""
    source: str
    """The public page that it rests on."""
    basis: Basis
    """How sure it is."""
    crosswalk: tuple[Crosswalk, ...]
    """The like rules of other tools."""


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form, the flat model of what a person fills in on the pages of a portal."""

    name: str
    takes: str
    """What it takes."""
    means: str
    """What it means."""
    none: bool
    """Whether `none` says that there is nothing of the kind."""


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the codes.

    >>> import cmkit
    >>> [rule.code for rule in cmkit.rules() if rule.consequence == "data_loss"][:2]
    ['CMK1001', 'CMK1002']
    """
    return tuple([build(Rule, rule) for rule in _cmkit.rules()])


@cache
def form_fields() -> tuple[FormField, ...]:
    """Every field of the form, in the order of a portal's pages."""
    return tuple([build(FormField, field) for field in _cmkit.form_fields()])
