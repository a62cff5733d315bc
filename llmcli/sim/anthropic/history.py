"""Which block may stand where in a conversation: calls of tools and their results, and thinking.

The sentences are the vendor's own, as quoted in public issues of 2025 and 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from llmcli.sim.anthropic.vendor import invalid
from llmcli.sim.checks import JsonObject
from llmcli.sim.seal import unseal
from llmcli.sim.wire import ApiError

THINKING_SEAL = "anthropic thinking"
_ONLY_IN = {
    "tool_use": "assistant",
    "thinking": "assistant",
    "redacted_thinking": "assistant",
    "tool_result": "user",
    "image": "user",
    "document": "user",
    "search_result": "user",
}
_THINKING_PAGE = "https://docs.claude.com/en/docs/build-with-claude/extended-thinking"


class Placed(NamedTuple):
    """A block and where it was written."""

    block: JsonObject
    message: int
    number: int


class Turn(NamedTuple):
    """Messages of one role in a row, which the vendor takes as one."""

    role: str
    blocks: list[Placed]
    last_message: int


def check_history(messages: list[JsonObject], *, must_think: bool) -> None:
    """Raises the ApiError for the first block that may not stand where it does.

    `must_think`: the assistant's last turn has to start with its thinking, as with a thinking budget.
    """
    if not any(isinstance(message["content"], list) for message in messages):
        return
    for index, message in enumerate(messages):
        if isinstance(message["content"], list):
            _check_roles(message, index)
    turns = list(_turns(messages))
    _check_calls(turns)
    if must_think:
        _check_thinking_comes_first(turns)


def _check_roles(message: JsonObject, index: int) -> None:
    for number, block in enumerate(message["content"]):
        kind = block["type"]
        role = _ONLY_IN.get(kind)
        if role is not None and message["role"] != role:
            raise invalid(f"messages.{index}: `{kind}` blocks can only be in `{role}` messages")
        where = f"messages.{index}.content.{number}"
        if kind == "thinking" and unseal(block["signature"], THINKING_SEAL + block["thinking"]) is None:
            raise invalid(f"{where}: Invalid `signature` in `thinking` block")
        if kind == "redacted_thinking":
            raise invalid(f"{where}: Invalid `data` in `redacted_thinking` block")


def _turns(messages: list[JsonObject]) -> Iterator[Turn]:
    turn: Turn | None = None
    for index, message in enumerate(messages):
        if message["role"] == "system":
            continue
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        placed = [Placed(block, index, number) for number, block in enumerate(blocks)]
        if turn is not None and turn.role == message["role"]:
            turn = Turn(turn.role, [*turn.blocks, *placed], index)
            continue
        if turn is not None:
            yield turn
        turn = Turn(message["role"], placed, index)
    if turn is not None:
        yield turn


def _check_calls(turns: list[Turn]) -> None:
    seen: set[str] = set()
    open_calls: list[str] = []
    asked_in = 0
    for turn in turns:
        if turn.role == "user":
            _check_results(turn, open_calls, asked_in)
            open_calls = []
            continue
        open_calls = [placed.block["id"] for placed in turn.blocks if placed.block["type"] == "tool_use"]
        if len(set(open_calls)) < len(open_calls) or seen.intersection(open_calls):
            raise invalid("messages: `tool_use` ids must be unique")
        seen.update(open_calls)
        asked_in = turn.last_message
    if open_calls:
        raise _unanswered(asked_in, open_calls)


def _check_results(turn: Turn, open_calls: list[str], asked_in: int) -> None:
    answered: set[str] = set()
    leading = True
    for placed in turn.blocks:
        if placed.block["type"] != "tool_result":
            leading = False
            continue
        name = placed.block["tool_use_id"]
        where = f"messages.{placed.message}.content.{placed.number}"
        if name not in open_calls:
            raise invalid(
                f"{where}: unexpected `tool_use_id` found in `tool_result` blocks: {name}. Each `tool_result` block"
                " must have a corresponding `tool_use` block in the previous message."
            )
        if name in answered:
            raise invalid(
                f"{where}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {name}"
            )
        if leading:  # the vendor wants results before everything else in a message
            answered.add(name)
    if missing := [name for name in open_calls if name not in answered]:
        raise _unanswered(asked_in, missing)


def _unanswered(message: int, names: list[str]) -> ApiError:
    return invalid(
        f"messages.{message}: `tool_use` ids were found without `tool_result` blocks immediately after:"
        f" {', '.join(names)}. Each `tool_use` block must have a corresponding `tool_result` block in the next message."
    )


def _check_thinking_comes_first(turns: list[Turn]) -> None:
    last = next((turn for turn in reversed(turns) if turn.role == "assistant"), None)
    if last is None:
        return
    calls = any(placed.block["type"] == "tool_use" for placed in last.blocks)
    first = last.blocks[0] if last.blocks else None
    if first is None or first.block["type"] == "thinking" or not (calls or turns[-1] is last):
        return
    raise invalid(
        f"messages.{first.message}.content.{first.number}.type: Expected `thinking` or `redacted_thinking`, but found"
        f" `{first.block['type']}`. When `thinking` is enabled, a final `assistant` message must start with a thinking"
        " block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking"
        " blocks from previous turns. To avoid this requirement, disable `thinking`. Please consult our documentation"
        f" at {_THINKING_PAGE}"
    )
