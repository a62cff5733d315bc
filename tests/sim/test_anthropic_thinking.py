"""Thinking and effort in Anthropic's Messages API: what each model takes, what comes back, what must be sent back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .helpers import Sim, ask, run

PATH = "/v1/messages"
OLD: dict[str, str | None] = {"anthropic-version": "2023-06-01"}
ENABLED = {"type": "enabled", "budget_tokens": 1024}
SHOWN = {"type": "adaptive", "display": "summarized"}
TOOLS = [{"name": "clock", "input_schema": {"type": "object", "properties": {}}}]


def thinking_of(answer: Any) -> dict[str, Any] | None:
    assert answer.status == 200, answer.body
    blocks = [block for block in answer.json["content"] if block["type"] == "thinking"]
    return blocks[0] if blocks else None


def test_sdk_gets_the_same_thinking_streamed(sim: Sim) -> None:
    """Thinking comes first, in deltas and then a signature; it counts as output."""
    arguments: Any = {
        "model": "claude-opus-5-5",
        "max_tokens": 500,
        "thinking": SHOWN,
        "messages": [{"role": "user", "content": "sim:think=7 sim:tokens=5"}],
    }

    async def work() -> tuple[Any, Any]:
        async with sim.anthropic() as client:
            whole = await client.messages.create(**arguments)
            async with client.messages.stream(**arguments) as stream:
                return whole, await stream.get_final_message()

    for message in run(work()):
        thought, text = message.content
        assert (thought.type, text.type) == ("thinking", "text")
        assert thought.thinking == "The quick brown fox jumps over the"
        assert thought.signature
        assert (message.usage.output_tokens, message.usage.output_tokens_details.thinking_tokens) == (12, 7)


def test_events_of_thinking(sim: Sim) -> None:
    """Its signature comes in a delta of its own, right before its block ends; text follows in the next block."""
    for thinking, deltas in ((SHOWN, ["thinking_delta"] * 2), ({"type": "adaptive", "display": "omitted"}, [])):
        body = ask("sim:think=2 sim:tokens=1", thinking=thinking, stream=True)
        blocks = sim.send(PATH, body).body.decode().strip().split("\n\n")
        events = [json.loads(block.split("data: ")[1]) for block in blocks]
        kinds = [event["delta"]["type"] for event in events if event["type"] == "content_block_delta"]
        assert kinds == [*deltas, "signature_delta", "text_delta"]
        starts = [event for event in events if event["type"] == "content_block_start"]
        assert starts[0]["content_block"] == {"type": "thinking", "thinking": "", "signature": ""}
        assert [start["index"] for start in starts] == [0, 1]
        assert events[-2]["usage"]["output_tokens"] == 3
        assert events[-2]["usage"]["output_tokens_details"]["thinking_tokens"] == 2


@pytest.mark.parametrize(
    ("model", "thinking", "effort", "prompt", "thinks"),
    [
        ("claude-sonnet-4-5", ENABLED, None, "hi", True),
        ("claude-sonnet-4-5", ENABLED, None, "sim:think=0", False),
        ("claude-sonnet-4-5", None, None, "sim:think=5", False),
        ("claude-sonnet-4-5", {"type": "disabled"}, None, "sim:think=5", False),
        ("claude-opus-4-8", None, None, "sim:think=5", False),
        ("claude-opus-4-8", {"type": "adaptive"}, None, "hi", True),
        ("claude-opus-4-8", {"type": "adaptive"}, "low", "hi", False),
        ("claude-opus-4-8", {"type": "adaptive"}, "low", "sim:think=5", True),
        ("claude-haiku-5-5", None, None, "hi", False),
        ("claude-haiku-5-5", None, None, "sim:think=5", True),
        ("claude-haiku-5-5", None, "high", "hi", True),
        ("claude-haiku-5-5", {"type": "disabled"}, None, "sim:think=5", False),
        ("claude-sonnet-5-5", {"type": "between_tools"}, None, "sim:think=5", False),
        ("sim", None, None, "sim:think=5", True),
        ("sim", ENABLED, None, "hi", True),
    ],
)
def test_when_it_thinks(sim: Sim, model: str, thinking: Any, effort: str | None, prompt: str, thinks: bool) -> None:
    """A budget always makes it think, adaptive from medium effort on, an order wherever thinking is not off."""
    more: dict[str, Any] = {"thinking": thinking} if thinking else {}
    if effort:
        more["output_config"] = {"effort": effort}
    answer = sim.send(PATH, ask(prompt, model=model, max_tokens=2000, **more))
    assert bool(thinking_of(answer)) is thinks
    assert bool(answer.json["usage"]["output_tokens_details"]["thinking_tokens"]) is thinks


def test_display(sim: Sim) -> None:
    """Omitted thinking has a signature and no text, and is billed; newer models omit it unless told otherwise."""
    for model, display, shown in (
        ("claude-haiku-5-5", None, False),
        ("claude-haiku-5-5", "summarized", True),
        ("claude-opus-4-6", None, True),
        ("claude-opus-4-6", "omitted", False),
    ):
        thinking = {"type": "adaptive", **({"display": display} if display else {})}
        answer = sim.send(PATH, ask("sim:think=9", model=model, thinking=thinking))
        block = thinking_of(answer)
        assert block is not None
        assert bool(block["thinking"]) is shown
        assert block["signature"]
        assert answer.json["usage"]["output_tokens_details"]["thinking_tokens"] == 9


def test_a_budget_is_kept_and_max_tokens_holds(sim: Sim) -> None:
    """It thinks no more than its budget, and thinking counts towards max_tokens."""
    body = ask("sim:think=5000 sim:tokens=1", model="claude-sonnet-4-5", thinking=ENABLED, max_tokens=4000)
    assert sim.send(PATH, body).json["usage"]["output_tokens"] == 1025
    cut = sim.send(PATH, ask("sim:think=50", thinking=SHOWN, max_tokens=20)).json
    assert (cut["stop_reason"], cut["usage"]["output_tokens"]) == ("max_tokens", 20)
    assert [block["type"] for block in cut["content"]] == ["thinking"]


ADAPTIVE_INSTEAD = 'Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"model": "claude-sonnet-4-5", "thinking": {"type": "enabled"}}, "thinking.enabled.budget_tokens: Field required"),
    (
        {"model": "claude-sonnet-4-5", "thinking": {"type": "enabled", "budget_tokens": 1023}},
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
    ),
    (
        {"model": "claude-sonnet-4-5", "thinking": {"type": "enabled", "budget_tokens": 2000}},
        "`max_tokens` must be greater than `thinking.budget_tokens`",
    ),
    (
        {"model": "claude-sonnet-4-5", "thinking": {"type": "adaptive"}},
        "adaptive thinking is not supported on this model",
    ),
    (
        {"model": "claude-opus-4-7", "thinking": ENABLED},
        f'"thinking.type.enabled" is not supported for this model. {ADAPTIVE_INSTEAD}',
    ),
    (
        {"model": "claude-haiku-5-5", "thinking": ENABLED},
        f'"thinking.type.enabled" is not supported for this model. {ADAPTIVE_INSTEAD}',
    ),
    *(
        (
            {"model": model, "thinking": {"type": "disabled"}},
            f'"thinking.type.disabled" is not supported for this model. {ADAPTIVE_INSTEAD}',
        )
        for model in ("claude-opus-5-5", "claude-fable-5", "claude-mythos-5-1", "claude-mythos-preview")
    ),
    (
        {"model": "claude-sonnet-5-5", "thinking": {"type": "disabled"}},
        'To turn thinking off on this model, send "thinking": {"type": "between_tools"}.',
    ),
    ({"thinking": {"type": "between_tools"}}, '"thinking.type.between_tools" is not supported for this model.'),
    ({"thinking": {"type": "disabled", "budget_tokens": 1024}}, "thinking.disabled.budget_tokens: Extra inputs"),
    ({"thinking": {"type": "adaptive", "display": "full"}}, "Input should be 'summarized' or 'omitted'"),
    (
        {"model": "claude-haiku-4-5", "output_config": {"effort": "low"}},
        "This model does not support the effort parameter.",
    ),
    (
        {"model": "claude-opus-4-6", "output_config": {"effort": "xhigh"}},
        "This model does not support effort level 'xhigh'. Supported levels: low, medium, high, max.",
    ),
    (
        {"model": "claude-opus-5", "thinking": {"type": "disabled"}, "output_config": {"effort": "max"}},
        "'max' is not supported when thinking is disabled for this model.",
    ),
    (
        {"model": "claude-sonnet-4-5", "thinking": ENABLED, "tools": TOOLS, "tool_choice": {"type": "any"}},
        "Thinking may not be enabled when tool_choice forces tool use.",
    ),
    (
        {"model": "claude-sonnet-4-5", "thinking": ENABLED, "max_tokens": 0},
        "must be greater than `thinking.budget_tokens`",
    ),
    ({"max_tokens": 0, "stream": True}, "max_tokens: 0 is not supported together with `stream`"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[f"{row[0]}"[:90] for row in REFUSED])
def test_what_a_model_does_not_take_is_400(sim: Sim, changes: dict[str, Any], message: str) -> None:
    """Every model has its own kinds of thinking and levels of effort."""
    answer = sim.send(PATH, ask(**{"max_tokens": 2000, **changes}))
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert message in answer.error["message"]


@pytest.mark.parametrize(
    ("sampling", "message"),
    [
        ({"temperature": 0.5}, "`temperature` may only be set to 1 when `thinking` is enabled or in adaptive mode."),
        ({"top_p": 0.9}, "`top_p` must be greater than or equal to 0.95 or unset when `thinking` is enabled"),
        ({"top_k": 5}, "`top_k` must be unset when `thinking` is enabled or in adaptive mode."),
    ],
)
def test_sampling_does_not_go_with_thinking(sim: Sim, sampling: dict[str, Any], message: str) -> None:
    """Where sampling may be set at all, thinking fixes it."""
    body = ask(model="claude-sonnet-4-5", thinking=ENABLED, max_tokens=2000, **sampling)
    assert message in sim.send(PATH, body, OLD).error["message"]
    assert sim.send(PATH, {**body, "thinking": {"type": "disabled"}}, OLD).status == 200
    assert sim.send(PATH, {**body, **dict.fromkeys(sampling, 1)}, OLD).status == (400 if "top_k" in sampling else 200)


def test_the_list_of_models_says_what_each_takes(sim: Sim) -> None:
    """Capabilities agree with what is refused."""
    for model in sim.send("/v1/models?limit=100", headers={"anthropic-version": "2026-10-21"}).json["data"]:
        for kind, capability in model["capabilities"]["thinking"]["types"].items():
            thinking = {"type": kind, **({"budget_tokens": 1024} if kind == "enabled" else {})}
            answer = sim.send(PATH, ask(model=model["id"], thinking=thinking, max_tokens=2000))
            assert (answer.status == 200) is capability["supported"], (model["id"], kind)
        for level in ("low", "medium", "high", "xhigh", "max"):
            answer = sim.send(PATH, ask(model=model["id"], output_config={"effort": level}))
            assert (answer.status == 200) is model["capabilities"]["effort"][level]["supported"], model["id"]
