"""OpenAI's Responses API: POST /v1/responses and POST /v1/responses/input_tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation, Terms
from llmcli.sim.kept_files import Files
from llmcli.sim.openai import responses_conversation
from llmcli.sim.openai import responses_schema as schema
from llmcli.sim.openai import vendor as openai
from llmcli.sim.openai.answer_format import schema_of_response
from llmcli.sim.openai.chat_conversation import Conversation
from llmcli.sim.openai.errors import validate
from llmcli.sim.openai.models import OpenAIModel, openai_model
from llmcli.sim.openai.output import wants_summary
from llmcli.sim.openai.response_object import whole_response
from llmcli.sim.openai.responses_events import events_of
from llmcli.sim.openai.responses_history import check_items
from llmcli.sim.openai.rules import check_references, check_response, known_model
from llmcli.sim.openai.tools import chosen, functions_of
from llmcli.sim.shapes import JsonSchema
from llmcli.sim.wire import ApiError, Call, Chunk, Vendor, new_id, sse


class Responses:
    """POST /v1/responses; `files` are those that were uploaded."""

    vendor: Vendor = openai

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        validate(schema.RESPONSE, body)
        model = known_model(body["model"])
        most_tokens = check_response(body, model)
        answer_schema = schema_of_response(body)
        request, prompt = _read(
            body,
            model,
            self._files,
            answer_schema,
            max_tokens=most_tokens,
            temperature=body.get("temperature"),
            top_p=body.get("top_p"),
            user_id=body.get("safety_identifier") or body.get("user"),
            effort=(body.get("reasoning") or {}).get("effort"),
            json_object=((body.get("text") or {}).get("format") or {}).get("type") == "json_object",
        )
        call_id = new_id("resp_", 48).lower()
        call = Call(request, body, bool(body.get("stream")), call_id)
        total = prompt.tokens
        terms = Terms(
            input_tokens=total,
            reasons=model.reasoning or model.simulated,
            thinks=True if wants_summary(call) else None,
            parallel=body.get("parallel_tool_calls") is not False,
            schema=answer_schema,
        )
        prefixes, free = prompt.prefixes(model, total), not model.caches_explicitly
        return Call(request, body, call.stream, call_id, terms, prefixes, writes_are_free=free)

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        return whole_response(call, generation, text, usage=usage)

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        return events_of(call, generation, usage=usage)

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        fields = {name: error.error.get(name) for name in ("code", "message", "param")}
        return sse({"type": "error", **fields, "sequence_number": chunks_sent}, "error")


class CountInputTokens:
    """POST /v1/responses/input_tokens."""

    vendor: Vendor = openai

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        validate(schema.COUNT, body)
        name = body.get("model")
        model = known_model(name) if name is not None else openai_model("sim")
        assert model is not None
        check_references(body)
        check_items(body)
        request, prompt = _read(body, model, self._files, schema_of_response(body), max_tokens=0)
        return Call(request, body, terms=Terms(input_tokens=prompt.tokens))

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        return {"object": "response.input_tokens", "input_tokens": generation.input_tokens}

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        return iter(())

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        return b""


def _read(
    body: JsonObject, model: OpenAIModel, files: Files, answer_schema: JsonSchema | None, **settings: Any
) -> Conversation:
    functions = functions_of(body.get("tools") or [], nested=False)
    choice, tools = chosen(body.get("tool_choice"), functions, nested=False)
    return responses_conversation.read(body, model, files, tools, answer_schema, tool_choice=choice, **settings)
