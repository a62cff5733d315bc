"""A row of the input: where it stands, what it says, what it asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from llmcli.messages import Message, Part, Request

Api = Literal["chat", "responses", "messages"]
"""The wire format that a row's passed-through options belong to: OpenAI's two, or Anthropic's."""

HASH_BYTES = 16

_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_sha256 = hashlib.sha256


class BadRowError(Exception):
    """Why a row cannot be sent, as a lower-case fact without its line, which the reader adds."""


class Span(NamedTuple):
    """Where a row stands: `line` counts from 1, `offset` in bytes from 0 (of the unpacked input), `length` in bytes."""

    line: int
    offset: int
    length: int


class Ask(NamedTuple):
    """What a row asks for: fields of a Request that differ from the job's own, and `key`, the same for equal asks.

    `model`, `system` and the like are missing from `changes` if the row does not set them.
    """

    changes: Mapping[str, Any]
    key: bytes
    api: Api | None = None

    def request(self, base: Request, files: Sequence[Part] = ()) -> Request:
        """`base` as this row wants it, with `files` at the head of its first user turn."""
        changes = dict(self.changes)
        if "options" in changes:
            changes["options"] = {**base.options, **changes["options"]}
        if files:
            changes["messages"] = _with_files(changes["messages"], files)
        return replace(base, **changes)


class Row(NamedTuple):
    """A row that can be sent. `number` counts from 0; `content` is the same for rows that say the same.

    `own_id` is None if the row brings no id; `source` is the row as it stands in the input.
    """

    number: int
    span: Span
    own_id: str | None
    content: bytes
    source: Mapping[str, Any]
    ask: Ask


class BadRow(NamedTuple):
    """A row that cannot be sent, and why. It has a number and an identity like any other."""

    number: int
    span: Span
    own_id: str | None
    content: bytes
    reason: str


def digest(kind: str, *values: object) -> bytes:
    """A short hash of JSON values; the order of an object's keys does not matter."""
    return digest_of_text(kind, _canonical(values))


def digest_of_text(kind: str, text: str) -> bytes:
    """The same of a text. `kind` keeps apart what is alike but means different things."""
    return _sha256(f"{kind}\0{text}".encode()).digest()[:HASH_BYTES]


def _with_files(messages: tuple[Message, ...], files: Sequence[Part]) -> tuple[Message, ...]:
    at = next((number for number, message in enumerate(messages) if message.role == "user"), None)
    if at is None:
        return (Message("user", tuple(files)), *messages)
    first = messages[at]
    return (*messages[:at], Message("user", (*files, *first.parts)), *messages[at + 1 :])
