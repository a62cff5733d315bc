"""The tool calls of a turn, and what else of it its server wants back with their results.

Gemini refuses a call that comes back without the signature it was sent with, DeepSeek a turn without its reasoning.
OpenAI's API knows neither, so each goes back to the provider that said it, and to no other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from llmcli.messages import OpaquePart, Part, ToolCallPart
from llmcli.providers.values import arguments_of, count_or_none, field_of, text_or_none, writable

# What of a call is ours to read; of all else we know nothing, and give it back as it came.
_READ = ("index", "id", "type", "function")
_REASONING = ("reasoning_content", "reasoning_details")


@dataclass
class _Call:
    """A call as far as it has come."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def goes_on(self, piece: _Call) -> bool:
        """Whether this is a piece of the same call: some servers give all calls one index, or no id."""
        if self.id and piece.id:
            return piece.id == self.id
        return bool(self.id) or not (self.name and piece.name)

    def add(self, piece: _Call) -> None:
        self.id = piece.id or self.id
        self.name += piece.name
        self.arguments += piece.arguments
        self.more |= piece.more

    def part(self) -> ToolCallPart | None:
        """The call; None if its arguments cannot be read."""
        arguments = arguments_of(self.arguments)
        return None if arguments is None else ToolCallPart(self.id, self.name, arguments)


class CallingTurn:
    """Takes a message, or the pieces of one. `api` is who wants back what it says beside the calls; None: nobody."""

    def __init__(self, api: str | None) -> None:
        self._api = api
        self._calls: list[_Call] = []
        self._last_at: dict[int, _Call] = {}
        self._reasoning: dict[str, list[str | list[Any]]] = {}  # its pieces

    def add(self, holder: object) -> None:
        """Take a message, or a delta of one."""
        found = field_of(holder, "tool_calls")
        for position, each in enumerate(found if isinstance(found, list) else ()):
            if not field_of(each, "function"):
                continue
            piece, index = _piece_of(each), count_or_none(field_of(each, "index"))
            at = position if index is None else index
            if at in self._last_at and self._last_at[at].goes_on(piece):
                self._last_at[at].add(piece)
            else:
                self._last_at[at] = piece
                self._calls.append(piece)
        if self._api is not None:
            self._add_reasoning(holder)

    def _add_reasoning(self, holder: object) -> None:
        for name in _REASONING:
            value = field_of(holder, name)
            if isinstance(value, str | list):
                self._reasoning.setdefault(name, []).append(value)

    def calls(self) -> list[ToolCallPart | None]:
        """The calls in the order in which they began; None for one that cannot be read."""
        return [call.part() for call in self._calls]

    def kept(self) -> tuple[OpaquePart, ...]:
        """What has to come back with the calls, if there are any."""
        if self._api is None or not self._calls:
            return ()
        turn = {name: _joined(pieces) for name, pieces in self._reasoning.items()}
        data = {"turn": turn, "calls": [call.more for call in self._calls]}
        return (OpaquePart(self._api, data),) if (turn or any(data["calls"])) and writable(data) else ()


def given_back(turn: dict[str, Any], parts: tuple[Part, ...], api: str | None) -> dict[str, Any]:
    """A turn with calls as it goes to `api`: with what `CallingTurn.kept` is among its parts."""
    for part in parts:
        if isinstance(part, OpaquePart) and part.api == api:
            more, calls = part.data.get("turn"), part.data.get("calls")
            if isinstance(more, dict) and isinstance(calls, list) and len(calls) == len(turn["tool_calls"]):
                both = zip(calls, turn["tool_calls"], strict=True)
                return {**more, **turn, "tool_calls": [{**extra, **call} for extra, call in both]}
    return turn


def _joined(pieces: list[str | list[Any]]) -> str | list[Any]:
    texts = [piece for piece in pieces if isinstance(piece, str)]
    return "".join(texts) if texts else [each for piece in pieces for each in piece]


def _piece_of(call: object) -> _Call:
    function = field_of(call, "function")
    given = field_of(function, "arguments")
    # Some servers give the object itself.
    arguments = "" if given is None else given if isinstance(given, str) else json.dumps(given)
    more = {name: value for name, value in call.items() if name not in _READ} if isinstance(call, dict) else {}
    return _Call(
        text_or_none(field_of(call, "id")) or "", text_or_none(field_of(function, "name")) or "", arguments, more
    )
