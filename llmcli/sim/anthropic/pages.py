"""Pages of Anthropic's lists: `limit`, `after_id` and `before_id`, as in anthropic 2.14 `pagination.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from llmcli.sim.anthropic.vendor import invalid
from llmcli.sim.checks import JsonObject
from llmcli.sim.routes import Asked

T = TypeVar("T")
_DEFAULT = 20
_MOST = 1000


def page_of(things: Mapping[str, T], shape: Callable[[T], JsonObject], asked: Asked, what: str) -> JsonObject:
    """The page asked for, of things by their ids in order."""
    limit = limit_of(asked)
    ids = list(things)
    after, before = asked.one("after_id"), asked.one("before_id")
    start, end = 0, len(ids)
    if after is not None:
        start = _position(ids, after, "after_id", what) + 1
    if before is not None:
        end = _position(ids, before, "before_id", what)
        start = max(start, end - limit)
    page = ids[start:end][:limit]
    return {
        "data": [shape(things[one]) for one in page],
        "has_more": start > 0 if before is not None else start + len(page) < end,
        "first_id": page[0] if page else None,
        "last_id": page[-1] if page else None,
    }


def limit_of(asked: Asked) -> int:
    """How many things to a page."""
    written = asked.one("limit")
    if written is None:
        return _DEFAULT
    if not written.isascii() or not written.isdigit():
        raise invalid("limit: Input should be a valid integer, unable to parse string as an integer")
    if not 1 <= int(written[:9]) <= _MOST:
        raise invalid(f"limit: Input should be from 1 to {_MOST}")
    return int(written)


def _position(ids: list[str], name: str, param: str, what: str) -> int:
    if name not in ids:
        raise invalid(f"{param}: no {what} with this ID")
    return ids.index(name)
