"""Anthropic's Messages API as the simulator speaks it: to the real SDK, and to clients that break its rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .helpers import Sim, ask, run

TEXT = [{"type": "text", "text": "hi"}]
USER = {"role": "user", "content": "hi"}


def test_sdk_message(sim: Sim) -> None:
    """The SDK gets a whole message: text, model, usage and stop reason."""

    async def work() -> Any:
        async with sim.anthropic() as client:
            return await client.messages.create(
                model="claude-haiku-5-5", max_tokens=50, system="Be brief", messages=[{"role": "user", "content": "hi"}]
            )

    message = run(work())
    assert message.content[0].text.startswith("sim: 1 message")
    assert 'system: "Be brief"' in message.content[0].text
    assert (message.model, message.role, message.stop_reason) == ("claude-haiku-5-5", "assistant", "end_turn")
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 3
    assert message._request_id.startswith("req_")


def test_sdk_stream(sim: Sim) -> None:
    """The SDK's stream helper puts together the text and usage that a plain call gives."""

    async def work() -> tuple[list[str], Any]:
        async with (
            sim.anthropic() as client,
            client.messages.stream(
                model="claude-haiku-5-5", max_tokens=7, messages=[{"role": "user", "content": "sim:tokens=9"}]
            ) as stream,
        ):
            pieces = [piece async for piece in stream.text_stream]
            return pieces, await stream.get_final_message()

    pieces, message = run(work())
    assert len(pieces) == 7
    assert message.content[0].text == "".join(pieces)
    assert (message.usage.output_tokens, message.stop_reason) == (7, "max_tokens")


def test_sdk_counts_what_a_call_is_billed(sim: Sim) -> None:
    """count_tokens says the input tokens that the same prompt then costs."""
    prompt: Any = {"model": "claude-haiku-5-5", "messages": [USER], "system": "Be brief"}

    async def work() -> tuple[int, int]:
        async with sim.anthropic() as client:
            counted = await client.messages.count_tokens(**prompt)
            message = await client.messages.create(max_tokens=9, **prompt)
            return counted.input_tokens, message.usage.input_tokens

    counted, billed = run(work())
    assert counted == billed


def test_order_of_events(sim: Sim) -> None:
    """A stream has the vendor's events in the vendor's order, each named like its type."""
    answer = sim.send("/v1/messages", ask("sim:tokens=2", stream=True))
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [block.split("\n") for block in answer.body.decode().strip().split("\n\n")]
    names = [lines[0].removeprefix("event: ") for lines in events]
    data = [json.loads(lines[1].removeprefix("data: ")) for lines in events]
    assert names == [event["type"] for event in data]
    assert names == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert data[0]["message"]["content"] == []
    assert data[-2]["usage"]["output_tokens"] == 2
    assert data[-2]["delta"]["stop_reason"] == "end_turn"


@pytest.mark.parametrize("text", ["a\u2028b", "日本語 🎉", 'quote " and \\ back', "line\r\nbreak\ttab", "\0nul"])
def test_any_character_survives_a_stream(sim: Sim, text: str) -> None:
    """Line separators and quotes inside an answer do not break its events."""

    async def work() -> str:
        async with (
            sim.anthropic() as client,
            client.messages.stream(
                model="sim", max_tokens=99, messages=[{"role": "user", "content": f"sim:echo {text}"}]
            ) as stream,
        ):
            return await stream.get_final_text()

    assert run(work()) == text


def test_stop_sequence_is_named(sim: Sim) -> None:
    """An answer that a stop sequence ended says which one."""
    answer = sim.send("/v1/messages", ask("sim:echo one two three", stop_sequences=["three", "two"])).json
    assert (answer["stop_reason"], answer["stop_sequence"]) == ("stop_sequence", "two")
    assert answer["content"][0]["text"] == "one "


def test_refusal_has_details(sim: Sim) -> None:
    """A refused answer has stop_reason refusal and stop_details."""
    answer = sim.send("/v1/messages", ask("sim:stop=refusal")).json
    assert answer["stop_reason"] == "refusal"
    assert answer["stop_details"]["type"] == "refusal"


def test_blocks_and_turns_are_accepted(sim: Sim) -> None:
    """Text blocks, earlier turns, a list as system and a system turn after a user turn are all fine."""
    body = ask(
        system=[{"type": "text", "text": "Be brief", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[
            {"role": "user", "content": TEXT},
            {"role": "assistant", "content": TEXT},
            {"role": "user", "content": "and now?"},
            {"role": "system", "content": "In French."},
        ],
        metadata={"user_id": "u1"},
        thinking={"type": "adaptive"},
        output_config={"effort": "low"},
    )
    text = sim.send("/v1/messages", body).json["content"][0]["text"]
    assert 'system: "Be brief In French."' in text
    assert 'last user message: "and now?"' in text


def test_sdk_raises_its_own_error_classes(sim: Sim) -> None:
    """The SDK recognises the simulator's refusals as the vendor's."""
    import anthropic

    async def work(key: str, model: str) -> None:
        async with sim.anthropic(key) as client:
            await client.messages.create(model=model, max_tokens=9, messages=[{"role": "user", "content": "hi"}])

    with pytest.raises(anthropic.NotFoundError) as missing:
        run(work("k", "nope"))
    assert missing.value.type == "not_found_error"
    with pytest.raises(anthropic.AuthenticationError) as wrong:
        run(work("wrong-key", "sim"))
    assert wrong.value.type == "authentication_error"
    with pytest.raises(anthropic.PermissionDeniedError):
        run(work("forbidden-key", "sim"))
