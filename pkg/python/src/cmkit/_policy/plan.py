"""What a change does to the clusters that are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .. import _cmkit
from .build import build
from .finding import Span
from .input import Documents, Settings, Time, documents_of, judgement_of
from .words import Effect, RuleCode


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """One thing that happens to a cluster."""

    effect: Effect
    code: RuleCode | None
    """The rule that says so, where one does."""
    message: str
    reason: str
    data_at_risk: str | None
    """The data that is lost or out of reach, if any."""
    safe_way: tuple[str, ...]
    """How to do it safely, one step after the other; commands stand in lines of their own."""
    file: str
    pointer: str
    """JSON Pointer of the value."""
    span: Span


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """What happens to one cluster."""

    name: str
    address: str | None
    """Its address in Terraform."""
    effect: Effect
    """The worst of its steps."""
    steps: tuple[ChangeStep, ...]
    """Worst first."""


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What a change does."""

    schema: Literal[1]
    """The version of this shape."""
    at: str
    effect: Effect
    """The worst effect on any cluster."""
    clusters: tuple[ClusterPlan, ...]
    """Every cluster, in the order of the files; deleted ones last."""


def plan(
    before: Documents, after: Documents | None = None, *, at: Time | None = None, settings: Settings | None = None
) -> ChangePlan:
    """Tell what becomes of each cluster between two deployments, each of which is the whole.

    Without `after`, what the Terraform plans in `before` do.

    >>> import cmkit
    >>> before, after = (cmkit.scaffold("orders", region="westus3", to="arm", service_managed=own) for own in (True, False))
    >>> cmkit.plan(before, after).effect
    'impossible'

    :param before: as `check` takes documents: one, or a list. So for `after`.
    """
    others = None if after is None else documents_of([after])
    return build(ChangePlan, _cmkit.plan(documents_of([before]), others, judgement_of(at, settings)))
