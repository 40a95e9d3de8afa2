"""Makes frozen objects of the dictionaries that the core's values cross as."""

from __future__ import annotations

from dataclasses import is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

T = TypeVar("T")


def build(kind: type[T], given: dict[str, Any]) -> T:
    """An object of a data class; members that are data classes, or tuples of them, are made as well."""
    for name, inner in _inside(kind):  # type: ignore[arg-type]
        value = given.get(name)
        if isinstance(value, tuple):
            given[name] = tuple([build(inner, one) for one in value])
        elif value is not None:
            given[name] = build(inner, value)
    if "from" in given:  # a word of the language
        given["from_"] = given.pop("from")
    return kind(**given)


@cache
def _inside(kind: type) -> tuple[tuple[str, type[Any]], ...]:
    """The members that are data classes: alone, in a tuple, or where there is one."""
    return tuple(
        (name, inner)
        for name, hint in get_type_hints(kind).items()
        for inner in (hint, *get_args(hint))
        if isinstance(inner, type) and is_dataclass(inner)
    )
