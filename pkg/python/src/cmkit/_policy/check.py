"""Checks documents against every rule."""

from __future__ import annotations

from .input import Documents, Settings, Time, documents_of, judgement_of
from .report import Report, made


def check(
    *documents: Documents, at: Time | None = None, settings: Settings | None = None, baseline: Settings | None = None
) -> Report:
    """Check documents before they are deployed. Nothing is fetched, and nothing leaves the process.

    >>> import cmkit
    >>> key_url = "https://kv-orders.vault.azure.net/keys/orders"
    >>> form = {"cmkit": "form/1", "encryptionMode": "CustomerManaged", "keyUrl": key_url, "purgeProtection": False}
    >>> for finding in cmkit.check(form, at="2026-12-01").failed:
    ...     print(finding.code, finding.level, finding.message)
    CMK1002 error vault `kv-orders` has no purge protection

    :param documents: ARM templates and their parameters, resources, bodies of requests, Terraform plans and states, what
        `az` prints, forms. Several make one deployment. A `PathLike` is a file; a `str` is a file too, unless it starts like
        JSON (`{`, `[`, `//`, `/*`): then it is the document. Else bytes, mappings, lists of mappings, pydantic models, and
        `Document` for one that has a name; or lists of all of these.
    :param at: the time that it is for: a `datetime` with a time zone, a date, RFC 3339 text, or seconds since 1970; now if
        left out.
    :param settings: a `.cmkit.json`: a path, text or a mapping. None is looked for.
    :param baseline: a baseline that accepts known findings: a path, text or a mapping.
    :raises InputError: for what is no JSON or nothing to check, with line and column.
    :raises ConfigError: for a time or an object that is none of these.
    :raises OSError: for a file that can't be read.
    """
    return made(documents_of(documents), judgement_of(at, settings, baseline))
