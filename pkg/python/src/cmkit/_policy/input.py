"""What can be checked, and how it crosses: documents as pairs of a name and a text."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias, Union

from .. import _cmkit
from ..errors import ConfigError

Time: TypeAlias = datetime | date | str | float
"""A point in time: a `datetime` with a time zone, a date (its first second in UTC), RFC 3339 text, or seconds since 1970."""


class Model(Protocol):
    """A pydantic model, or whatever dumps itself like one."""

    def model_dump(self, *, mode: str, by_alias: bool) -> Any: ...


Content: TypeAlias = str | bytes | bytearray | memoryview | Mapping[str, Any] | list[Any] | Model


@dataclass(frozen=True, slots=True)
class Document:
    """One document with the name that findings show."""

    name: str
    text: Content
    """JSON, comments allowed, as text, as the bytes of a file or as the objects that it holds."""


Input: TypeAlias = Union[str, "os.PathLike[str]", Content, Document]
"""What is checked.

A `PathLike` is a file. A `str` is a file too, unless it starts with `{`, `[`, `//` or `/*` as JSON with comments does: then
it is the document. `bytes` are the content of a file. A mapping is a form, a template, a plan, .. as Python objects; so is a
list of mappings, such as the Azure CLI prints. A pydantic model is what it dumps under its aliases.
"""

Documents: TypeAlias = Input | Sequence[Input] | Iterator[Input]
"""One input, or several that make one deployment."""

Settings: TypeAlias = Union[str, "os.PathLike[str]", Mapping[str, Any]]
"""The content of a `.cmkit.json` or of a baseline: a file, text or objects, told apart as inputs are."""

Named: TypeAlias = tuple[str, str | bytes]
"""A document as it crosses: its name, and its text or the bytes of its file."""


def documents_of(given: Iterable[Documents]) -> list[Named]:
    """The documents of inputs, each as one or several."""
    inputs = [one for several in given for one in _each(several)]
    name = "input" if len(inputs) == 1 else "input {}"
    return [_document(one, name.format(at)) for at, one in enumerate(inputs, 1)]


def _each(given: Documents) -> Iterable[Any]:
    if isinstance(given, list):
        return given if any(not isinstance(one, Mapping) for one in given) else [given]
    single = (str, bytes, bytearray, memoryview, os.PathLike, Mapping, Document)
    several = isinstance(given, Iterable) and not isinstance(given, single) and not hasattr(given, "model_dump")
    return given if several else [given]  # type: ignore[return-value]


def _document(given: Any, name: str) -> Named:
    if isinstance(given, str):
        return (name, given) if _is_text(given) else _file(given)
    if isinstance(given, os.PathLike):
        return _file(given)
    if isinstance(given, Document):
        return given.name, text_of(given.text)
    return name, text_of(given)


def _is_text(given: str) -> bool:
    return given.lstrip("\ufeff \t\r\n").startswith(("{", "[", "//", "/*"))


def _file(path: str | os.PathLike[str]) -> Named:
    with open(path, "rb") as file:
        return os.fspath(path), file.read()


def text_of(content: Any) -> str | bytes:
    """A document as JSON text, or as the bytes of a file."""
    if isinstance(content, (str, bytes)):
        return content
    if isinstance(content, (bytearray, memoryview)):
        return bytes(content)
    if hasattr(content, "model_dump"):
        content = content.model_dump(mode="json", by_alias=True)
    if not isinstance(content, (Mapping, list)):
        raise ConfigError(f"a document is not of type `{type(content).__name__}`", "invalid_argument")
    if isinstance(content, Mapping) and "adminPassword" in content:
        # The form has a password for whoever deploys it. Nothing here reads it, so it goes nowhere.
        content = {name: value for name, value in content.items() if name != "adminPassword"}
    import json

    try:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the document is not JSON: {error}", "invalid_argument") from error


def _plain(value: object) -> Any:
    """What JSON has no word for."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"it holds a value of type `{type(value).__name__}`")


def settings_of(given: Settings | None, name: str) -> Named | None:
    """Settings or a baseline with the name for messages about them."""
    return None if given is None else _document(given, name)


def seconds(at: Time | None) -> int:
    """A point in time in seconds since 1970; now if there is none."""
    if at is None:
        return int(time.time())
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise ConfigError("`at` has no time zone: give it one, such as `datetime.timezone.utc`", "invalid_argument")
        at = at.timestamp()
    elif isinstance(at, date):
        at = at.isoformat()
    if isinstance(at, str):
        return _cmkit.parse_time(at)
    try:
        return int(at // 1)
    except (TypeError, ValueError, OverflowError):
        raise ConfigError("`at` is not a point in time", "invalid_argument") from None


Judgement: TypeAlias = tuple[int, Named | None, Named | None]
"""The time in seconds since 1970, settings, a baseline."""


def judgement_of(at: Time | None, settings: Settings | None = None, baseline: Settings | None = None) -> Judgement:
    """How documents are judged: as of when, with which settings."""
    return seconds(at), settings_of(settings, ".cmkit.json"), settings_of(baseline, "baseline")
