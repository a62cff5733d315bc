"""Slips in what a function is given that Python does not catch, and that would be sent, or told as something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, TypeVar, get_args

from llmcli.errors import UsageError
from llmcli.surrogates import half_pair

T = TypeVar("T")


def text(value: str) -> str:
    """The prompt. Raises TypeError, and UsageError for what no API can be sent."""
    if not isinstance(value, str):
        raise TypeError(f"the prompt is to be a str, not {type(value).__name__}")
    if found := half_pair(value):
        raise UsageError(found, hint="correct the prompt")
    return value


def several(name: str, values: Iterable[T]) -> Iterable[T]:
    """The `values`; a single text is several to Python, letter by letter. Raises TypeError."""
    if isinstance(values, str | bytes | Mapping | PathLike):
        raise TypeError(f"{name} are to be several: put it into a list")
    return values


def one_of(name: str, value: object, kind: Any) -> None:
    """Raise UsageError unless `value` is None or one of the words of a Literal."""
    words = get_args(kind)
    if value is not None and value not in words:
        raise UsageError(f'{name} must be one of {", ".join(words)}, not "{value}"')


def at_least(least: int, name: str, value: int | None) -> None:
    """Raise TypeError unless `value` is None or a whole number, UsageError if it is less than that."""
    if value is None:
        return
    if not isinstance(value, int):
        raise TypeError(f"{name} is to be a whole number, not {value!r}")
    if value < least:
        raise UsageError(f"{name} must be at least {least}, not {value}")
