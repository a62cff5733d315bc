"""A streamed response: the events of openai 3.51 `types/responses/response_stream_event.py`.

The closing ones hold the whole text, so a streamed response is kept in memory, other than the other APIs' streams.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Generator, Iterator

from llmcli.sim.body import compact
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation
from llmcli.sim.openai.output import (
    call_item,
    message_item,
    new_call_id,
    new_item_id,
    part_of,
    reasoning_item,
    wants_summary,
)
from llmcli.sim.openai.response_object import begun, ended, status_of
from llmcli.sim.pieces import Piece
from llmcli.sim.wire import Call, Chunk, sse


def events_of(call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
    """All events, in order."""
    return _Stream(call, generation).events(usage=usage)


class _Stream:
    """Items open and close one after the other; events are numbered throughout."""

    def __init__(self, call: Call, generation: Generation) -> None:
        self._call = call
        self._generation = generation
        self._numbers = itertools.count()
        self._items: list[JsonObject] = []

    def events(self, *, usage: bool) -> Iterator[Chunk]:
        created = time.time()
        for kind in ("response.created", "response.in_progress"):
            yield Chunk(self._event(kind, response=begun(self._call, created)))
        for _, pieces in itertools.groupby(self._generation.pieces(), _item_of):
            yield from self._item(pieces)
        if not self._items:
            yield from self._message(iter(()))
        status, _ = status_of(self._generation)
        response = ended(self._call, created, self._generation, self._items, usage=usage)
        if status != "completed":
            self._items[-1]["status"] = "incomplete"
        yield Chunk(self._done(len(self._items) - 1))
        yield Chunk(self._event(f"response.{status}", response=response), terminal=True)

    def _item(self, pieces: Iterator[Piece]) -> Iterator[Chunk]:
        if self._items:
            yield Chunk(self._done(len(self._items) - 1))
        first = next(pieces)
        pieces = itertools.chain([first], pieces)
        if first.call is not None:
            yield from self._function_call(first.call.name, pieces)
        elif first.kind == "reasoning":
            yield from self._reasoning(pieces)
        else:
            yield from self._message(pieces)

    def _message(self, pieces: Iterator[Piece]) -> Iterator[Chunk]:
        refusal = self._generation.will_refuse
        item = message_item(new_item_id("msg"), "", refusal=refusal)
        yield self._added({**item, "status": "in_progress", "content": []})
        where = {"item_id": item["id"], "output_index": len(self._items), "content_index": 0}
        yield Chunk(self._event("response.content_part.added", **where, part=part_of("", refusal=refusal)))
        kind = "response.refusal" if refusal else "response.output_text"
        logprobs: JsonObject = {} if refusal else {"logprobs": []}
        text = yield from self._deltas(f"{kind}.delta", {**where, **logprobs}, pieces)
        done = {"refusal": text} if refusal else {"text": text, **logprobs}
        yield Chunk(self._event(f"{kind}.done", **where, **done))
        yield Chunk(self._event("response.content_part.done", **where, part=part_of(text, refusal=refusal)))
        self._items.append(message_item(item["id"], text, refusal=refusal))

    def _function_call(self, name: str, pieces: Iterator[Piece]) -> Iterator[Chunk]:
        item = call_item(new_item_id("fc"), new_call_id(), name, "")
        yield self._added({**item, "status": "in_progress"})
        where = {"item_id": item["id"], "output_index": len(self._items)}
        kind = "response.function_call_arguments"
        arguments = yield from self._deltas(f"{kind}.delta", where, pieces)
        yield Chunk(self._event(f"{kind}.done", **where, arguments=arguments))
        self._items.append({**item, "arguments": arguments})

    def _reasoning(self, pieces: Iterator[Piece]) -> Iterator[Chunk]:
        name = new_item_id("rs")
        yield self._added(reasoning_item(self._call, name, ""))
        if wants_summary(self._call):
            where = {"item_id": name, "output_index": len(self._items), "summary_index": 0}
            kind = "response.reasoning_summary"
            empty = {"type": "summary_text", "text": ""}
            yield Chunk(self._event(f"{kind}_part.added", **where, part=empty))
            text = yield from self._deltas(f"{kind}_text.delta", where, pieces)
            yield Chunk(self._event(f"{kind}_text.done", **where, text=text))
            yield Chunk(self._event(f"{kind}_part.done", **where, part={**empty, "text": text}))
        else:
            for _ in pieces:  # reasoning that nobody asked to see is billed all the same
                yield Chunk(b"", tokens=1)
        self._items.append(reasoning_item(self._call, name, self._generation.reasoning))

    def _deltas(self, kind: str, where: JsonObject, pieces: Iterator[Piece]) -> Generator[Chunk, None, str]:
        """A delta for each piece, made anew only in what differs; gives the whole text."""
        before = f'event: {kind}\ndata: {compact({"type": kind, **where})[:-1]},"delta":'
        texts = []
        for piece in pieces:
            texts.append(piece.text)
            end = f',"sequence_number":{next(self._numbers)}}}\n\n'
            yield Chunk(f"{before}{compact(piece.text)}{end}".encode(), tokens=1)
        return "".join(texts)

    def _added(self, item: JsonObject) -> Chunk:
        return Chunk(self._event("response.output_item.added", output_index=len(self._items), item=item))

    def _done(self, index: int) -> bytes:
        return self._event("response.output_item.done", output_index=index, item=self._items[index])

    def _event(self, kind: str, **fields: object) -> bytes:
        return sse({"type": kind, **fields, "sequence_number": next(self._numbers)}, kind)


def _item_of(piece: Piece) -> tuple[str, int]:
    """What tells the items of an answer apart."""
    return piece.kind, id(piece.call)
