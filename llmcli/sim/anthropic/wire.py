"""Anthropic's Messages API: POST /v1/messages and POST /v1/messages/count_tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmcli.sim.anthropic import conversation, schema
from llmcli.sim.anthropic import vendor as anthropic
from llmcli.sim.anthropic.caching import LOOKBACK, prefixes_of
from llmcli.sim.anthropic.events import events_of
from llmcli.sim.anthropic.message import content_of, message_of, stop_of, usage_of
from llmcli.sim.anthropic.models import anthropic_model
from llmcli.sim.anthropic.output_schema import answer_schema
from llmcli.sim.anthropic.rules import check_meaning
from llmcli.sim.anthropic.thinking import thinking_of
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation, Terms
from llmcli.sim.kept_files import Files
from llmcli.sim.wire import ApiError, Call, Chunk, Vendor, new_id, sse


class Messages:
    """POST /v1/messages; `files` are those that were uploaded."""

    vendor: Vendor = anthropic

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        version = anthropic.check_version(headers)
        old = version < "2026-10-21"
        anthropic.validate(schema.CREATE_WITH_SAMPLING if old else schema.CREATE, body)
        model = check_meaning(body, version)
        request, segments = conversation.read(
            body,
            model,
            self._files,
            max_tokens=body["max_tokens"],
            temperature=body.get("temperature"),
            top_p=body.get("top_p"),
            top_k=body.get("top_k"),
            stop=tuple(body.get("stop_sequences", ())),
            user_id=(body.get("metadata") or {}).get("user_id"),
        )
        thinking = thinking_of(body, model)
        terms = Terms(
            input_tokens=sum(segment.tokens for segment in segments),
            reasons=thinking.may,
            thinks=thinking.does,
            parallel=not (body.get("tool_choice") or {}).get("disable_parallel_tool_use"),
            schema=answer_schema(body),
        )
        prefixes = prefixes_of(body, segments, model)
        call_id = new_id("msg_01", 22)
        return Call(request, body, body.get("stream", False), call_id, terms, prefixes, LOOKBACK)

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        message = message_of(call, content_of(generation, text, shown=_shown(call)))
        message.update(stop_of(generation))
        if usage:
            message["usage"] = usage_of(call, generation)
        return message

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        return events_of(call, generation, usage=usage, shown=_shown(call))

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        return sse(anthropic.error_body(error.error, request_id), "error")


class CountTokens:
    """POST /v1/messages/count_tokens."""

    vendor: Vendor = anthropic

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        version = anthropic.check_version(headers)
        anthropic.validate(schema.COUNT, body)
        model = check_meaning(body, version)
        found = conversation.read(body, model, self._files, max_tokens=0)
        prefixes_of(body, found.segments, model)
        return Call(found.request, body, terms=Terms(input_tokens=found.tokens))

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        return {"input_tokens": generation.input_tokens}

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        return iter(())

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        return b""


def _shown(call: Call) -> bool:
    model = anthropic_model(call.request.model)
    return model is not None and thinking_of(call.body, model).shown
