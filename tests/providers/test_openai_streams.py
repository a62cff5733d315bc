"""Streams of the Responses API, whose last event repeats the answer: all of it arrives, and once."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from llmcli.errors import ExitCode
from llmcli.messages import Delta, Event, Message, OpaquePart, Reply, Request, Started, StopReason, ToolCallPart
from llmcli.providers.base import Endpoint
from llmcli.providers.openai_responses import OpenAIResponsesProvider

from ..contract.answers import event, head_events, sse_answer, tail_events, whole_of
from ..contract.servers import RawServer
from ..contract.vendors import RESPONSES
from ..helpers import RunLlmcli

LONG = 'Grüße, 漢字 \\ "quoted" 😀\n' * 9_000  # more than the SDK is given of a text that was shown
PART = {"type": "output_text", "annotations": [], "text": LONG}
ITEM = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [PART]}
THOUGHT = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": LONG}],
    "content": [{"type": "reasoning_text", "text": LONG}],
    "encrypted_content": "gAAAA" * 40_000,
}
CALL = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "call_1",
    "name": "f",
    "arguments": json.dumps({"text": LONG}),
}


def completed(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "response.completed", "response": whole_of(RESPONSES, "") | {"output": list(items)} | more}


def closing(last: dict[str, Any]) -> list[bytes]:
    """The events that repeat an answer, as OpenAI sends them."""
    done = [{"type": "response.output_item.done", "item": item} for item in last["response"]["output"]]
    text = {"type": "response.output_text.done", "text": LONG}
    return [*map(event, [text, {"type": "response.content_part.done", "part": PART}, *done, last])]


def streamed(answer: bytes) -> list[Event]:
    """What the provider makes of a raw answer."""

    async def work() -> list[Event]:
        provider = OpenAIResponsesProvider(Endpoint("responses", "openai", f"{server.root}/v1", None, ""))
        request = Request("gpt-6-luna", (Message.of("user", "hi"),), 100)
        provider.prepare(request)
        return [each async for each in provider.stream(request)]

    with RawServer(answer) as server:
        return asyncio.run(work())


def last_of(events: list[Event]) -> Reply:
    last = events[-1]
    assert isinstance(last, Reply)
    return last


def text_of(events: list[Event], kind: str = "text") -> str:
    return "".join(each.text for each in events if isinstance(each, Delta) and each.kind == kind)


def test_all_but_the_text_is_read_from_the_end() -> None:
    """Calls with long arguments and reasoning that goes back, in a response whose text is left out."""
    head = head_events(RESPONSES, [LONG[:5000], LONG[5000:]])
    events = streamed(sse_answer([*head, *closing(completed(THOUGHT, ITEM, CALL))]))
    last = last_of(events)
    assert text_of(events) == LONG
    assert last.extra_parts == (OpaquePart("openai-responses", THOUGHT), ToolCallPart("call_1", "f", {"text": LONG}))
    assert (last.stop_reason, last.model, last.raw_stop_reason) == (StopReason.TOOL_USE, "m", "completed")
    assert (last.usage.input_tokens, last.usage.output_tokens) == (2, 1)


def test_why_a_long_answer_is_incomplete() -> None:
    last = completed(ITEM, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    events = streamed(sse_answer([*head_events(RESPONSES, [LONG]), *closing(last | {"type": "response.incomplete"})]))
    assert (text_of(events), last_of(events).stop_reason) == (LONG, StopReason.MAX_TOKENS)


def test_a_refusal_after_a_long_text() -> None:
    refused = ITEM | {"content": [PART, {"type": "refusal", "refusal": LONG}]}
    events = streamed(sse_answer([*head_events(RESPONSES, [LONG]), *closing(completed(refused))]))
    assert last_of(events).stop_reason is StopReason.REFUSAL


@pytest.mark.parametrize("text", ["hello", LONG], ids=["short", "long"])
def test_text_that_came_in_no_delta(text: str) -> None:
    """Some servers send their answer in the last event alone."""
    start = head_events(RESPONSES, [])
    whole = ITEM | {"content": [PART | {"text": text}]}
    thought = THOUGHT | {"summary": [{"type": "summary_text", "text": "first"}, {"type": "summary_text", "text": text}]}
    events = streamed(sse_answer([*start, event(completed(thought, whole))]))
    assert events[:-1] == [Started("m"), Delta(f"first\n\n{text}", "reasoning"), Delta(text)]
    assert last_of(events).stop_reason is StopReason.END_TURN


def test_such_a_text_is_shown_once_and_recorded(run_here: RunLlmcli, user_config: Path) -> None:
    start, last = head_events(RESPONSES, []), tail_events(RESPONSES)
    given = event(
        json.loads(last[0].partition(b"data: ")[2]) | completed(ITEM | {"content": [PART | {"text": "hello"}]})
    )
    with RawServer(sse_answer([*start, given, given])) as server:
        user_config.write_text(f'[providers.here]\nkind = "openai"\napi = "responses"\nbase_url = "{server.root}/v1"\n')
        plain = run_here("stream", "-n", "-m", "here/m", "hi")
        lines = [json.loads(line) for line in run_here("stream", "-n", "-m", "here/m", "hi", "--json").out.splitlines()]
    assert (plain.code, plain.out, plain.err) == (ExitCode.OK, "hello\n", "")
    assert [line.get("text") for line in lines if line["type"] == "delta"] == ["hello"]
    assert (lines[-1]["text"], lines[-1]["usage"]["output_tokens"]) == ("hello", 1)


def test_a_compressed_stream() -> None:
    """What is left out is sought in what was compressed."""
    whole = b"".join([*head_events(RESPONSES, [LONG]), *closing(completed(ITEM, CALL))])
    events = streamed(sse_answer([gzip.compress(whole)], {"content-encoding": "gzip", "x-request-id": "req_1"}))
    assert text_of(events) == LONG
    assert (last_of(events).request_id, len(last_of(events).tool_calls)) == ("req_1", 1)


@pytest.mark.parametrize("kind", [[], {}, 5, None, True])
def test_an_event_whose_type_is_no_word(kind: Any) -> None:
    """It is passed over."""
    events = streamed(sse_answer([*head_events(RESPONSES, ["hi"]), event({"type": kind}), *tail_events(RESPONSES)]))
    assert (text_of(events), last_of(events).stop_reason) == ("hi", StopReason.END_TURN)
