"""Thinking that clients send back to Anthropic's Messages API: unchanged, and where it is required."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import Sim, ask
from .test_anthropic_thinking import ENABLED, PATH, SHOWN, TOOLS


def conversation(sim: Sim, model: str, thinking: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A body whose last turn answers a call, and the blocks of the turn that made it."""
    body = ask("sim:call=clock sim:think=3", model=model, thinking=thinking, tools=TOOLS, max_tokens=2000)
    content = sim.send(PATH, body).json["content"]
    result = {"type": "tool_result", "tool_use_id": content[-1]["id"], "content": "noon"}
    body["messages"] += [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
    return body, content


@pytest.mark.parametrize(
    ("model", "thinking"), [("claude-sonnet-4-5", ENABLED), ("claude-opus-5-5", SHOWN), ("claude-opus-5-5", None)]
)
def test_thinking_goes_back_unchanged(sim: Sim, model: str, thinking: Any) -> None:
    """As it came it is accepted, also without its text; changed in anything it is not."""
    body, content = conversation(sim, model, thinking or {"type": "adaptive"})
    thought = dict(content[0])
    assert thought["type"] == "thinking"
    assert sim.send(PATH, body).status == 200
    for changes in ({"thinking": thought["thinking"] + "!"}, {"signature": "abc="}, {"signature": ""}):
        content[0] = {**thought, **changes}
        refused = sim.send(PATH, body)
        assert refused.error["message"] == "messages.1.content.0: Invalid `signature` in `thinking` block"
    content[0] = {"type": "redacted_thinking", "data": "made up"}
    assert sim.send(PATH, body).error["message"].endswith("Invalid `data` in `redacted_thinking` block")


def test_thinking_must_go_back_with_a_budget(sim: Sim) -> None:
    """With a budget the turn that made a call starts with its thinking; adaptive thinking may be left out."""
    body, content = conversation(sim, "claude-sonnet-4-5", ENABLED)
    del content[0]
    refused = sim.send(PATH, body)
    assert refused.status == 400
    assert refused.error["message"].startswith(
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."
    )
    assert sim.send(PATH, {**body, "thinking": {"type": "disabled"}}).status == 200
    body, content = conversation(sim, "claude-opus-5-5", SHOWN)
    del content[0]
    assert sim.send(PATH, body).status == 200
