"""Pages of OpenAI's lists: `limit` and `after`, as in openai 3.57 `pagination.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from llmcli.sim.checks import JsonObject, integer
from llmcli.sim.openai.errors import validate
from llmcli.sim.routes import Asked
from llmcli.sim.wire import ApiError

T = TypeVar("T")


def page_of(
    things: Mapping[str, T],
    shape: Callable[[T], JsonObject],
    asked: Asked,
    unknown: Callable[[str], ApiError],
    default: int,
    most: int,
) -> JsonObject:
    """The page asked for, of things by their ids in order; `unknown` is the answer to an id that is none of them."""
    limit = _limit(asked, default, most)
    ids = list(things)
    after = asked.one("after")
    if after is not None and after not in things:
        raise unknown(after)
    start = 0 if after is None else ids.index(after) + 1
    page = ids[start : start + limit]
    return {
        "object": "list",
        "data": [shape(things[one]) for one in page],
        "first_id": page[0] if page else None,
        "last_id": page[-1] if page else None,
        "has_more": start + limit < len(ids),
    }


def _limit(asked: Asked, default: int, most: int) -> int:
    written = asked.one("limit")
    if written is None:
        return default
    value = int(written[:9]) if written.isascii() and written.isdigit() else written
    validate(integer(1, most), value, ("limit",))
    return int(value)
