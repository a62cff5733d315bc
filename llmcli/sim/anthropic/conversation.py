"""A body of the Messages API as a neutral request, and as the segments of the prompt that it makes.

The prompt is rendered in the vendor's order: the answer's schema, tools, system, messages. Its segments are what usage
counts and what the prompt cache remembers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from llmcli.messages import (
    DocumentPart,
    ImagePart,
    Message,
    OpaquePart,
    Part,
    Request,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from llmcli.sim import tokens
from llmcli.sim.anthropic.media import MediaReader
from llmcli.sim.anthropic.models import AnthropicModel
from llmcli.sim.anthropic.output_schema import answer_schema
from llmcli.sim.checks import JsonObject
from llmcli.sim.kept_files import Files


class Segment(NamedTuple):
    """A piece of the prompt: the answer's schema, a tool, or a block of the system text or of a message.

    `mark` is what was set on it for the cache.
    """

    role: str
    block: JsonObject
    tokens: int
    where: str

    @property
    def mark(self) -> JsonObject | None:
        return self.block.get("cache_control")


class Conversation(NamedTuple):
    """What a body says: the request, and the prompt in segments."""

    request: Request
    segments: list[Segment]

    @property
    def tokens(self) -> int:
        return sum(segment.tokens for segment in self.segments)


def read(body: JsonObject, model: AnthropicModel, files: Files, max_tokens: int, **settings: Any) -> Conversation:
    """The conversation in a valid body. Raises ApiError for attachments that are not what they claim to be."""
    return _Reader(body, model, files).read(max_tokens, settings)


class _Reader:
    def __init__(self, body: JsonObject, model: AnthropicModel, files: Files) -> None:
        self._body = body
        self._media = MediaReader(model, files, _images(body["messages"]))
        self._segments: list[Segment] = []
        self._overhead = tokens.REQUEST_OVERHEAD

    def read(self, max_tokens: int, settings: dict[str, Any]) -> Conversation:
        body = self._body
        schema = answer_schema(body)
        if schema is not None:
            self._add("format", schema, tokens.count_schema(schema), "output_config.format.schema")
        tools = tuple(self._tool(tool, number) for number, tool in enumerate(body.get("tools") or ()))
        system = self._system()
        messages: list[Message] = []
        for index, entry in enumerate(body["messages"]):
            parts = self._content(entry["content"], entry["role"], f"messages.{index}")
            if entry["role"] == "system":
                system.append("\n\n".join(part.text for part in parts if isinstance(part, TextPart)))
            elif messages and messages[-1].role == entry["role"]:
                messages[-1] = Message(entry["role"], (*messages[-1].parts, *parts))
            else:
                messages.append(Message(entry["role"], tuple(parts)))
        self._media.check_amount()
        request = Request(
            model=body["model"],
            messages=tuple(messages),
            max_tokens=max_tokens,
            system="\n\n".join(filter(None, system)) or None,
            tools=tuple(tool for tool in tools if tool),
            tool_choice=_tool_choice(body),
            effort=(body.get("output_config") or {}).get("effort"),
            thinking_budget=(body.get("thinking") or {}).get("budget_tokens"),
            **settings,
        )
        return Conversation(request, self._segments)

    def _tool(self, tool: JsonObject, number: int) -> Tool | None:
        """The tool, if it is one of the client's own."""
        schema, description = tool.get("input_schema") or {}, tool.get("description", "")
        name = str(tool.get("name", tool.get("type")))
        self._add("tools", tool, tokens.count_tool(name, description, schema), f"tools.{number}")
        return Tool(name, description, schema) if tool.get("type") in (None, "custom") else None

    def _system(self) -> list[str]:
        given = self._body.get("system") or []
        blocks = [{"type": "text", "text": given}] if isinstance(given, str) else given
        self._overhead += tokens.TURN_OVERHEAD if blocks else 0
        for number, block in enumerate(blocks):
            self._add("system", block, tokens.count(block["text"]), f"system.{number}")
        return [block["text"] for block in blocks]

    def _content(self, content: str | list[JsonObject], role: str, where: str) -> list[Part]:
        self._overhead += tokens.TURN_OVERHEAD
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        parts: list[Part] = []
        for number, block in enumerate(blocks):
            place = f"{where}.content.{number}"
            found, count = self._block(block, place)
            parts += found
            self._add(role, block, count, place)
        return parts

    def _add(self, role: str, block: JsonObject, count: int, where: str) -> None:
        self._segments.append(Segment(role, block, count + self._overhead, where))
        self._overhead = 0

    def _block(self, block: JsonObject, where: str) -> tuple[list[Part], int]:
        """What a content block is to the model, and its tokens."""
        match block["type"]:
            case "text":
                return [TextPart(block["text"])], tokens.count(block["text"])
            case "image":
                image, count = self._media.image(block, where)
                return [image], count
            case "document":
                return self._document(block, where)
            case "search_result":
                texts = [f"{block['title']} ({block['source']})", *(inner["text"] for inner in block["content"])]
                return [TextPart("\n".join(texts))], sum(map(tokens.count, texts))
            case "tool_use":
                call = ToolCallPart(block["id"], block["name"], block["input"])
                return [call], tokens.count_part(call)
            case "tool_result":
                return self._result(block, where)
        return [OpaquePart("anthropic", block)], 0

    def _document(self, block: JsonObject, where: str) -> tuple[list[Part], int]:
        if block["source"]["type"] != "content":
            document, count = self._media.document(block, where)
            return [document], count
        return self._inner(block["source"]["content"], f"{where}.document.source.content")

    def _result(self, block: JsonObject, where: str) -> tuple[list[Part], int]:
        parts, count = self._inner(block.get("content", ""), f"{where}.tool_result")
        text = "\n\n".join(part.text for part in parts if isinstance(part, TextPart))
        result = ToolResultPart(block["tool_use_id"], text, bool(block.get("is_error")))
        return [result, *(part for part in parts if isinstance(part, ImagePart | DocumentPart))], count

    def _inner(self, content: str | list[JsonObject], where: str) -> tuple[list[Part], int]:
        if isinstance(content, str):
            return [TextPart(content)], tokens.count(content)
        parts: list[Part] = []
        total = 0
        for number, block in enumerate(content):
            found, count = self._block(block, f"{where}.content.{number}")
            parts += found
            total += count
        return parts, total


def _images(messages: list[JsonObject]) -> int:
    """How many images there are, those in results of tools and in documents included."""
    total = 0
    for message in messages:
        blocks = message["content"] if isinstance(message["content"], list) else []
        for block in blocks:
            inner = block.get("content") if block["type"] == "tool_result" else None
            if block["type"] == "document" and block["source"]["type"] == "content":
                inner = block["source"]["content"]
            found = [block, *(inner if isinstance(inner, list) else ())]
            total += sum(one["type"] == "image" for one in found)
    return total


def _tool_choice(body: JsonObject) -> str | None:
    choice = body.get("tool_choice") or {}
    name: str | None = choice["name"] if choice.get("type") == "tool" else choice.get("type")
    return name
