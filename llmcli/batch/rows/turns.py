"""A list of messages, as either vendor writes it, as our system text and turns."""

from __future__ import annotations

from typing import Any, NamedTuple

from llmcli.batch.rows.content import content_of, shown, string, text_of
from llmcli.batch.rows.row import BadRowError
from llmcli.batch.rows.strict_json import parse_object
from llmcli.messages import Message, OpaquePart, Part, Role, TextPart, ToolCallPart, ToolResultPart


class Turns(NamedTuple):
    """A conversation; `exact` says whether everything in it has a place in our vocabulary."""

    system: str | None
    messages: tuple[Message, ...]
    exact: bool


def turns_of(messages: Any, name: str = "messages") -> Turns:
    """The conversation in `messages`, in Chat Completions', Responses' or Anthropic's form. Raises BadRowError."""
    if not isinstance(messages, list) or not messages:
        raise BadRowError(f'"{name}" is {shown(messages)}, not a list of messages')
    reader = _Reader()
    for message in messages:
        if not isinstance(message, dict):
            raise BadRowError(f'"{name}" has {shown(message)}, which is no object')
        reader.take(message)
    turns = tuple(Message(role, tuple(parts)) for role, parts in reader.turns)
    if not turns:
        raise BadRowError(f'"{name}" has no turn of the user')
    if not any(not isinstance(part, TextPart) or part.text.strip() for turn in turns for part in turn.parts):
        raise BadRowError(f'all of "{name}" is empty')
    return Turns("\n\n".join(reader.system) or None, turns, reader.exact)


class _Reader:
    """Collects turns message by message."""

    def __init__(self) -> None:
        self.system: list[str] = []
        self.turns: list[tuple[Role, list[Part]]] = []
        self.exact = True

    def take(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "function_call" | "function_call_output" | "reasoning"}:
                self._item(message)
            case {"role": "system" | "developer", "content": content}:
                if self.turns:
                    raise BadRowError("a system message after the first turn cannot be expressed")
                parts, exact = text_of(content, "content")
                self.system += [part.text for part in parts if isinstance(part, TextPart)]
                self.exact &= exact
            case {"role": "tool", "tool_call_id": str(call_id), "content": content}:
                [text], exact = text_of(content, "content")
                assert isinstance(text, TextPart)
                self._result(ToolResultPart(call_id, text.text))
                self.exact &= exact
            case {"role": "user" | "assistant" as role}:
                self._turn(role, message)
            case _:
                raise BadRowError(f"a message is neither of user, assistant nor system: {shown(message)}")

    def _turn(self, role: Role, message: dict[str, Any]) -> None:
        """A turn with its text and attachments, tool calls and tool results."""
        content, calls = message.get("content"), message.get("tool_calls")
        blocks = [block for block in content if _is_tool_block(block)] if isinstance(content, list) else []
        plain = [block for block in content if not _is_tool_block(block)] if isinstance(content, list) else content
        parts: list[Part] = [self._tool_block(block) for block in blocks if block["type"] == "tool_result"]
        if plain or not (blocks or calls):
            found, exact = content_of(plain)
            parts += found
            self.exact &= exact
        parts += [self._tool_block(block) for block in blocks if block["type"] == "tool_use"]
        parts += [_call(call) for call in calls] if isinstance(calls, list) else []
        self.exact &= not {key for key, value in message.items() if value is not None} - _TURN_KEYS
        self.turns.append((role, parts))

    def _tool_block(self, block: dict[str, Any]) -> Part:
        """Anthropic's blocks of a tool's call and result."""
        match block:
            case {"type": "tool_use", "id": str(call_id), "name": str(name), "input": dict(arguments), **rest}:
                self.exact &= not rest
                return ToolCallPart(call_id, name, arguments)
            case {"type": "tool_result", "tool_use_id": str(call_id), **rest}:
                [text], exact = text_of(rest.get("content", ""), "content")
                assert isinstance(text, TextPart)
                self.exact &= exact and not set(rest) - {"content", "is_error"}
                return ToolResultPart(call_id, text.text, is_error=rest.get("is_error") is True)
        raise BadRowError(f"a part of the content is not supported: {shown(block)}")

    def _item(self, item: dict[str, Any]) -> None:
        """Responses' items beside messages."""
        match item:
            case {"type": "function_call", "call_id": str(call_id), "name": str(name), "arguments": str(arguments)}:
                self._append("assistant", ToolCallPart(call_id, name, _arguments(arguments)))
            case {"type": "function_call_output", "call_id": str(call_id), "output": output}:
                self._result(ToolResultPart(call_id, string(output, "output")))
            case {"type": "reasoning"}:
                self._append("assistant", OpaquePart("openai-responses", item))
            case _:
                raise BadRowError(f"an item is not supported: {shown(item)}")

    def _result(self, part: ToolResultPart) -> None:
        self._append("user", part)

    def _append(self, role: Role, part: Part) -> None:
        if self.turns and self.turns[-1][0] == role:
            self.turns[-1][1].append(part)
        else:
            self.turns.append((role, [part]))


_TURN_KEYS = {"role", "content", "tool_calls", "type"}


def _is_tool_block(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in ("tool_use", "tool_result")


def _call(call: Any) -> ToolCallPart:
    match call:
        case {"id": str(call_id), "function": {"name": str(name), "arguments": str(arguments)}}:
            return ToolCallPart(call_id, name, _arguments(arguments))
    raise BadRowError(f"a tool call is not supported: {shown(call)}")


def _arguments(text: str) -> dict[str, Any]:
    try:
        return parse_object(text)
    except BadRowError as error:
        raise BadRowError(f"a tool call's arguments are {shown(text)}: {error}") from error
