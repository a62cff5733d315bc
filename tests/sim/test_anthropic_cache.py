"""Anthropic's prompt caching: what is written, what is read, and from how many tokens on."""

from __future__ import annotations

from typing import Any

import pytest

from llmcli.sim.anthropic.caching import prefixes_of
from llmcli.sim.anthropic.conversation import read
from llmcli.sim.anthropic.models import anthropic_model
from llmcli.sim.kept_files import Files
from llmcli.sim.storage import Storage

from .helpers import Sim, StartSim, ask, run

PATH = "/v1/messages"
LONG = "word " * 1200
MARK = {"cache_control": {"type": "ephemeral"}}
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}


def block(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


def used(answer: Any) -> tuple[int, int, int]:
    """Tokens written to the cache, read from it, and neither."""
    assert answer.status == 200, answer.body
    usage = answer.json["usage"]
    return usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"], usage["input_tokens"]


def test_sdk_writes_then_reads(start_sim: StartSim) -> None:
    """The first call writes what the second one reads; all counts together are the prompt, streamed or not."""
    sim = start_sim()

    async def work() -> list[Any]:
        usages: list[Any] = []
        async with sim.anthropic() as client:
            for question in ("one", "two"):
                arguments: Any = {
                    "model": "claude-haiku-5-5",
                    "system": [block(LONG, **MARK)],
                    "messages": [{"role": "user", "content": question}],
                }
                message = await client.messages.create(max_tokens=9, **arguments)
                counted = await client.messages.count_tokens(**arguments)
                async with client.messages.stream(max_tokens=9, **arguments) as stream:
                    usages += [(message.usage, counted.input_tokens), (await stream.get_final_message()).usage]
        return usages

    (first, counted), streamed, (second, _), _ = run(work())
    assert first.cache_creation_input_tokens > 1200
    assert first.cache_creation.ephemeral_5m_input_tokens == first.cache_creation_input_tokens
    assert (first.cache_read_input_tokens, first.cache_creation.ephemeral_1h_input_tokens) == (0, 0)
    assert first.input_tokens + first.cache_creation_input_tokens == counted
    for usage in (streamed, second):
        assert usage.cache_read_input_tokens == first.cache_creation_input_tokens
        assert (usage.cache_creation_input_tokens, usage.input_tokens) == (0, first.input_tokens)


def test_without_a_mark_nothing_is_cached(start_sim: StartSim) -> None:
    """Anthropic's cache is asked for; so is each simulator's own, which knows nothing of another's."""
    sim = start_sim()
    body = ask(system=[block(LONG)])
    assert [used(sim.send(PATH, body))[:2] for _ in range(2)] == [(0, 0), (0, 0)]
    marked = ask(system=[block(LONG, **MARK)])
    assert used(sim.send(PATH, marked))[0] > 0
    assert used(start_sim().send(PATH, marked))[1] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "claude-opus-5-5"},
        {"system": [block(LONG + "x", **MARK)]},
        {"tools": [{"name": "clock", "input_schema": {"type": "object"}}]},
    ],
)
def test_any_difference_before_the_mark_is_a_miss(start_sim: StartSim, changes: dict[str, Any]) -> None:
    """Model, tools and every character up to the mark are the key."""
    sim = start_sim()
    body = ask(system=[block(LONG, **MARK)])
    sim.send(PATH, body)
    written, read_, _ = used(sim.send(PATH, {**body, **changes}))
    assert written > 0 == read_


def test_the_choice_of_a_tool_only_touches_messages(start_sim: StartSim) -> None:
    """Tools and system stay cached when tool_choice changes, messages do not."""
    sim = start_sim()
    tools = [{"name": "clock", "input_schema": {"type": "object"}}]
    body = ask(
        system=[block(LONG, **MARK)],
        tools=tools,
        messages=[{"role": "user", "content": [block(LONG, **MARK)]}],
    )
    written, _, _ = used(sim.send(PATH, body))
    again, read_, _ = used(sim.send(PATH, {**body, "tool_choice": {"type": "none"}}))
    assert 0 < again < written
    assert read_ == written - again


def test_a_growing_conversation_reads_what_it_wrote(start_sim: StartSim) -> None:
    """A mark at the top level moves along: each turn reads the last one's prompt and writes only what is new."""
    sim = start_sim()
    body = ask(LONG, **MARK)
    first, _, rest = used(sim.send(PATH, body))
    assert rest == 0
    body["messages"] += [{"role": "assistant", "content": "ok"}, {"role": "user", "content": "and now?"}]
    written, read_, rest = used(sim.send(PATH, body))
    assert (read_, rest) == (first, 0)
    assert 0 < written < 30


def test_two_lifetimes_are_billed_apart(start_sim: StartSim) -> None:
    """What is kept for an hour and what for five minutes have counts of their own."""
    sim = start_sim()
    body = ask(system=[block(LONG, **HOUR)], messages=[{"role": "user", "content": [block(LONG, **MARK)]}])
    usage = sim.send(PATH, body).json["usage"]
    short, long = (usage["cache_creation"][f"ephemeral_{ttl}_input_tokens"] for ttl in ("5m", "1h"))
    assert short > 1000
    assert long > 1000
    assert short + long == usage["cache_creation_input_tokens"]
    assert sim.send(PATH, body).json["usage"]["cache_read_input_tokens"] == short + long


@pytest.mark.parametrize(
    ("model", "least"),
    [
        ("claude-haiku-5-5", 512),
        ("claude-opus-5", 512),
        ("claude-sonnet-5", 1024),
        ("claude-opus-4-8", 1024),
        ("claude-sonnet-4-5", 1024),
        ("claude-opus-4-7", 2048),
        ("claude-haiku-4-5", 4096),
    ],
)
def test_short_prompts_are_not_cached(start_sim: StartSim, model: str, least: int) -> None:
    """Each model has a least number of tokens, and below it a mark does nothing."""
    sim = start_sim()
    for tokens, cached in ((least - 1, 0), (least, least)):
        overhead = 3 + 4
        body = ask(model=model, system=[block("word " * (tokens - overhead - 1) + "word", **MARK)])
        # Every word and the space before it is one token, so the prompt up to the mark is this long.
        assert used(sim.send(PATH, body))[0] == cached, tokens


TOP = {"cache_control": {"type": "ephemeral", "ttl": "5m"}}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"system": [block("a", **MARK)] * 5}, "A maximum of 4 blocks with cache_control may be provided. Found 5."),
    ({"system": [block("a", **MARK)] * 4, **TOP}, "A maximum of 4 blocks with cache_control may be provided. Found 5."),
    (
        {"system": [block("a", **MARK), block("b", **HOUR)]},
        "system.1.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control",
    ),
    (
        {"messages": [{"role": "user", "content": [block("a", **HOUR)]}], **TOP},
        "Top-level cache_control has ttl='5m' but the target block already has cache_control with ttl='1h'",
    ),
    ({"system": [block("a", cache_control={"type": "permanent"})]}, "cache_control.type: Input should be 'ephemeral'"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[row[1][:60] for row in REFUSED])
def test_marks_that_may_not_be(sim: Sim, changes: dict[str, Any], message: str) -> None:
    """At most four marks, longer lifetimes first; counting refuses them too."""
    body = ask(**changes)
    for path in (PATH, f"{PATH}/count_tokens"):
        if path != PATH:
            del body["max_tokens"]
        refused = sim.send(path, body)
        assert refused.status == 400
        assert message in refused.error["message"]


def test_failed_calls_write_nothing(start_sim: StartSim) -> None:
    """A prompt is cached when its answer begins, not when it is refused."""
    sim = start_sim("529,times=1")
    body = ask(system=[block(LONG, **MARK)])
    assert sim.send(PATH, body).status == 529
    assert used(sim.send(PATH, body))[1] == 0


def test_thinking_cannot_be_marked() -> None:
    """The mark at the top level is for the last block that can be cached."""
    model = anthropic_model("sim")
    assert model is not None
    thought = {"type": "thinking", "thinking": "", "signature": ""}
    messages = [{"role": "user", "content": LONG}, {"role": "assistant", "content": [block("x"), thought]}]
    body = {"model": "sim", "messages": messages, **MARK}
    prefixes = prefixes_of(body, read(body, model, Files(Storage()), 1).segments, model)
    assert [prefix.ttl_s for prefix in prefixes] == [None, 300.0, None]
