"""Encrypt data under customer-managed keys (CMK) in Azure Key Vault, the way Azure's own services do.

A CMK wraps a data key, which encrypts data with AES-256-GCM. Callers name keys without a version: sealing uses the newest
version and records it, opening uses the recorded one, rotation rewrites a few hundred bytes and never the data, and
revoking the key makes the data unreadable.

>>> import cmkit
>>> key = cmkit.ServiceKey.generate("default")  # a customer-managed key: "https://VAULT.vault.azure.net/keys/NAME"
>>> sealed = cmkit.seal(b"invoice 4711", keys=key, namespace="acme.invoice/v2")
>>> cmkit.open(sealed, keys=key, namespace="acme.invoice/v2")
b'invoice 4711'
"""

from typing import TYPE_CHECKING

from ._cmkit import (
    AllowedKey,
    DataKey,
    DataKeyCache,
    KeyState,
    Refusal,
    Resolve,
    ServiceKey,
    Unwrap,
    Wrap,
    error_codes,
    find_data_key,
)
from ._files import open_file, seal_file
from ._messages import (
    Inspection,
    KeyEntry,
    inspect,
    open,
    open_into,
    open_range,
    rewrap,
    seal,
    seal_detached,
    seal_into,
    sealed_size,
)
from ._streams import OpenReader, SealWriter
from ._types import ErrorCode, KeyReply, KeyRequest, OpenKey, Provider, SealKey
from .errors import CmkitError, ConfigError, DecryptError, InputError, KeyUnavailable

if TYPE_CHECKING:
    from ._events import KeyEvent, KeyNotice, read_key_events
    from ._fleet import (
        Disabling,
        Inventory,
        InventoryReport,
        KeyUse,
        ObjectFault,
        ObjectFaults,
        ObjectNames,
        RewrapCalls,
        RewrapPlan,
        RewrapReport,
        inventory,
        plan_rewrap,
        rewrap_files,
    )
    from ._policy.calendar import Calendar, CalendarEntry, calendar
    from ._policy.check import check
    from ._policy.explain import Cause, Cited, Explanation, Seen, Symptom, explain
    from ._policy.finding import Answer, Finding, Fix, Inputs, OpenQuestion, PatchOperation, Related, Span, Summary
    from ._policy.fix import Fixed, Left, Mended, fix
    from ._policy.input import Content, Document, Documents, Input, Settings, Time
    from ._policy.plan import ChangePlan, ChangeStep, ClusterPlan, plan
    from ._policy.report import Report
    from ._policy.rules import Crosswalk, FormField, Rule, form_fields, rules
    from ._policy.scaffold import scaffold
    from ._policy.what_if import Action, Bystander, Evidence, Fate, Outlook, Remark, Section, Step, WhatIf, what_if
    from ._policy.words import (
        Basis,
        Consequence,
        DateKind,
        Effect,
        Event,
        FateKind,
        Format,
        LeftBecause,
        Level,
        Origin,
        Outcome,
        Relation,
        RuleCode,
        SectionKind,
        Standing,
        Target,
        Verdict,
    )

# What is not always needed: the module that is imported when one of its names is first used.
_LATER = {
    "_events": ("KeyEvent", "KeyNotice", "read_key_events"),
    "_fleet": (
        "Disabling",
        "Inventory",
        "InventoryReport",
        "KeyUse",
        "ObjectFault",
        "ObjectFaults",
        "ObjectNames",
        "RewrapCalls",
        "RewrapPlan",
        "RewrapReport",
        "inventory",
        "plan_rewrap",
        "rewrap_files",
    ),
    "_policy.calendar": ("Calendar", "CalendarEntry", "calendar"),
    "_policy.check": ("check",),
    "_policy.explain": ("Cause", "Cited", "Explanation", "Seen", "Symptom", "explain"),
    "_policy.finding": ("Answer", "Finding", "Fix", "Inputs", "OpenQuestion", "PatchOperation", "Related", "Span", "Summary"),
    "_policy.fix": ("Fixed", "Left", "Mended", "fix"),
    "_policy.input": ("Content", "Document", "Documents", "Input", "Settings", "Time"),
    "_policy.plan": ("ChangePlan", "ChangeStep", "ClusterPlan", "plan"),
    "_policy.report": ("Report",),
    "_policy.rules": ("Crosswalk", "FormField", "Rule", "form_fields", "rules"),
    "_policy.scaffold": ("scaffold",),
    "_policy.what_if": ("Action", "Bystander", "Evidence", "Fate", "Outlook", "Remark", "Section", "Step", "WhatIf", "what_if"),
    "_policy.words": (
        "Basis",
        "Consequence",
        "DateKind",
        "Effect",
        "Event",
        "FateKind",
        "Format",
        "LeftBecause",
        "Level",
        "Mended",
        "Origin",
        "Outcome",
        "Relation",
        "RuleCode",
        "SectionKind",
        "Standing",
        "Target",
        "Verdict",
    ),
}


if not TYPE_CHECKING:  # which would take every name for one of them

    def __getattr__(name: str) -> object:
        for module, names in _LATER.items():
            if name in names:
                from importlib import import_module

                value = getattr(import_module(f".{module}", __name__), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module `cmkit` has no attribute `{name}`")


def __dir__() -> list[str]:
    return __all__


__all__ = [
    "Action",
    "AllowedKey",
    "Answer",
    "Basis",
    "Bystander",
    "Calendar",
    "CalendarEntry",
    "Cause",
    "ChangePlan",
    "ChangeStep",
    "Cited",
    "ClusterPlan",
    "CmkitError",
    "ConfigError",
    "Consequence",
    "Content",
    "Crosswalk",
    "DataKey",
    "DataKeyCache",
    "DateKind",
    "DecryptError",
    "Disabling",
    "Document",
    "Documents",
    "Effect",
    "ErrorCode",
    "Event",
    "Evidence",
    "Explanation",
    "Fate",
    "FateKind",
    "Finding",
    "Fix",
    "Fixed",
    "FormField",
    "Format",
    "Input",
    "InputError",
    "Inputs",
    "Inspection",
    "Inventory",
    "InventoryReport",
    "KeyEntry",
    "KeyEvent",
    "KeyNotice",
    "KeyReply",
    "KeyRequest",
    "KeyState",
    "KeyUnavailable",
    "KeyUse",
    "Left",
    "LeftBecause",
    "Level",
    "Mended",
    "ObjectFault",
    "ObjectFaults",
    "ObjectNames",
    "OpenKey",
    "OpenQuestion",
    "OpenReader",
    "Origin",
    "Outcome",
    "Outlook",
    "PatchOperation",
    "Provider",
    "Refusal",
    "Related",
    "Relation",
    "Remark",
    "Report",
    "Resolve",
    "RewrapCalls",
    "RewrapPlan",
    "RewrapReport",
    "Rule",
    "RuleCode",
    "SealKey",
    "SealWriter",
    "Section",
    "SectionKind",
    "Seen",
    "ServiceKey",
    "Settings",
    "Span",
    "Standing",
    "Step",
    "Summary",
    "Symptom",
    "Target",
    "Time",
    "Unwrap",
    "Verdict",
    "WhatIf",
    "Wrap",
    "calendar",
    "check",
    "error_codes",
    "explain",
    "find_data_key",
    "fix",
    "form_fields",
    "inspect",
    "inventory",
    "open",
    "open_file",
    "open_into",
    "open_range",
    "plan",
    "plan_rewrap",
    "read_key_events",
    "rewrap",
    "rewrap_files",
    "rules",
    "scaffold",
    "seal",
    "seal_detached",
    "seal_file",
    "seal_into",
    "sealed_size",
    "what_if",
]
