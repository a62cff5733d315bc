"""JSON pointers (RFC 6901): where in a value something is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def join(base: str, *steps: str | int) -> str:
    """`base` with `steps` added."""
    return base + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def of_path(path: Iterable[str | int]) -> str:
    return join("", *path)


def split(pointer: str) -> list[str]:
    """The steps of `pointer`, unescaped."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def last(pointer: str) -> str:
    """The last step, or nothing for the root."""
    steps = split(pointer)
    return steps[-1] if steps else ""


def look_up(value: Any, pointer: str) -> Any:
    """What `pointer` points at in `value`. Raises LookupError if there is nothing."""
    if pointer and not pointer.startswith("/"):
        raise LookupError(pointer)
    for step in split(pointer):
        if isinstance(value, dict):
            value = value[step]
        elif isinstance(value, list) and step.isascii() and step.isdigit() and str(int(step)) == step:
            value = value[int(step)]
        else:
            raise LookupError(pointer)
    return value


def shown(pointer: str) -> str:
    """`pointer` for a message: the root has no name of its own."""
    return pointer or "the root"
