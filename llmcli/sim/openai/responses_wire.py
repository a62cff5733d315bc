"""OpenAI's Responses API: POST /v1/responses and POST /v1/responses/input_tokens.

The events of a stream are those of openai 3.51 `types/responses/response_stream_event.py`. The closing ones
hold the whole text, so a streamed response is kept in memory, other than the other APIs' streams.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping

from llmcli.messages import Message, Request, TextPart
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation
from llmcli.sim.openai import responses_schema as schema
from llmcli.sim.openai import vendor as openai
from llmcli.sim.openai.response_object import item_of, part_of, response_of
from llmcli.sim.openai.rules import check_references, check_response, known_model, validate
from llmcli.sim.wire import ApiError, Call, Chunk, Vendor, compact, new_id, sse

_END_EVENTS = {
    "completed": "response.completed",
    "incomplete": "response.incomplete",
    "failed": "response.failed",
}


class Responses:
    """POST /v1/responses."""

    vendor: Vendor = openai

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        validate(schema.RESPONSE, body)
        model = known_model(body["model"])
        most_tokens = check_response(body, model)
        request = _request(body, model.id, most_tokens)
        return Call(request, body, bool(body.get("stream")), new_id("resp_", 48).lower())

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        return response_of(call, time.time(), generation, text, usage=usage)

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        created, numbers = time.time(), itertools.count()

        def event(kind: str, **fields: object) -> bytes:
            return sse({"type": kind, **fields, "sequence_number": next(numbers)}, kind)

        yield Chunk(event("response.created", response=response_of(call, created)))
        yield Chunk(event("response.in_progress", response=response_of(call, created)))
        item_id = new_id("msg_", 48).lower()
        where = {"item_id": item_id, "output_index": 0, "content_index": 0}
        item = item_of(item_id, "in_progress", [])
        yield Chunk(event("response.output_item.added", output_index=0, item=item))
        refusal = generation.will_refuse
        yield Chunk(event("response.content_part.added", **where, part=part_of("", refusal=refusal)))
        kind = "response.refusal" if refusal else "response.output_text"
        logprobs: JsonObject = {} if refusal else {"logprobs": []}
        before = _delta_head(f"{kind}.delta", {**where, **logprobs})
        pieces = []
        for piece in generation:
            pieces.append(piece)
            yield Chunk(f'{before}{compact(piece)},"sequence_number":{next(numbers)}}}\n\n'.encode(), tokens=1)
        text = "".join(pieces)
        done = {"refusal": text} if refusal else {"text": text, **logprobs}
        yield Chunk(event(f"{kind}.done", **where, **done))
        yield Chunk(event("response.content_part.done", **where, part=part_of(text, refusal=refusal)))
        response = response_of(call, created, generation, text, usage=usage, item_id=item_id)
        yield Chunk(event("response.output_item.done", output_index=0, item=response["output"][0]))
        yield Chunk(event(_END_EVENTS[response["status"]], response=response), terminal=True)

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        fields = {name: error.error.get(name) for name in ("code", "message", "param")}
        return sse({"type": "error", **fields, "sequence_number": chunks_sent}, "error")


class CountInputTokens:
    """POST /v1/responses/input_tokens."""

    vendor: Vendor = openai

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        validate(schema.COUNT, body)
        if body.get("model") is not None:
            known_model(body["model"])
        check_references(body)
        return Call(_request(body, body.get("model") or "", 0), body)

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        return {"object": "response.input_tokens", "input_tokens": generation.input_tokens}

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        return iter(())

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        return b""


def _delta_head(kind: str, fields: JsonObject) -> str:
    """A delta event up to its text: that many are sent, so that only what differs is made anew."""
    return f'event: {kind}\ndata: {compact({"type": kind, **fields})[:-1]},"delta":'


def _request(body: JsonObject, model: str, most_tokens: int) -> Request:
    system = [body.get("instructions") or ""]
    messages = []
    given = body.get("input") or []
    items: list[JsonObject] = [{"role": "user", "content": given}] if isinstance(given, str) else given
    for item in items:
        if item.get("type", "message") != "message":
            continue  # reasoning of an earlier turn: nothing that a person said
        parts = _parts(item["content"])
        if item["role"] in ("system", "developer"):
            system.append("\n\n".join(part.text for part in parts))
        else:
            messages.append(Message(item["role"], parts))
    return Request(
        model=model,
        messages=tuple(messages),
        max_tokens=most_tokens,
        system="\n\n".join(filter(None, system)) or None,
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
        user_id=body.get("user"),
    )


def _parts(content: str | list[JsonObject]) -> tuple[TextPart, ...]:
    if isinstance(content, str):
        return (TextPart(content),)
    return tuple(TextPart(part["refusal"] if part["type"] == "refusal" else part["text"]) for part in content)
