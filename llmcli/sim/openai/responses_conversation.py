"""A body of the Responses API as a neutral request, and as the prompt that it makes."""

from __future__ import annotations

from typing import Any

from llmcli.messages import (
    DocumentPart,
    ImagePart,
    Message,
    Part,
    Request,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from llmcli.sim import media, tokens
from llmcli.sim.checks import JsonObject
from llmcli.sim.kept_files import Files
from llmcli.sim.openai.arguments import arguments_of
from llmcli.sim.openai.chat_conversation import Conversation
from llmcli.sim.openai.errors import invalid
from llmcli.sim.openai.media import MediaReader
from llmcli.sim.openai.models import OpenAIModel
from llmcli.sim.openai.prompt import Prompt
from llmcli.sim.shapes import JsonSchema


def read(
    body: JsonObject,
    model: OpenAIModel,
    files: Files,
    tools: list[Tool],
    schema: JsonSchema | None = None,
    **settings: Any,
) -> Conversation:
    """The conversation in a valid body; `schema` is what the answer must fit.

    Raises ApiError for attachments that are not what they claim to be.
    """
    reader = _Reader(body, model, files)
    reader.tools(tools)
    reader.schema(schema)
    reader.instructions(body.get("instructions"))
    given = body.get("input") or []
    for index, item in enumerate([{"role": "user", "content": given}] if isinstance(given, str) else given):
        reader.item(item, f"input[{index}]")
    reader.flush()
    request = Request(
        model=model.id,
        messages=tuple(reader.messages),
        system="\n\n".join(filter(None, reader.system)) or None,
        tools=tuple(tools),
        **settings,
    )
    return Conversation(request, reader.prompt)


class _Reader:
    """Items become turns: calls belong to the assistant's turn before them, outputs make one turn of the user's."""

    def __init__(self, body: JsonObject, model: OpenAIModel, files: Files) -> None:
        self.prompt = Prompt(body)
        self.system: list[str] = []
        self.messages: list[Message] = []
        self._media = MediaReader(model, files)
        self._calls: list[Part] = []
        self._outputs: list[Part] = []

    def tools(self, tools: list[Tool]) -> None:
        for tool in tools:
            self.prompt.turn(tokens.TOOL_OVERHEAD)
            for text in (tool.name, tool.description, tokens.as_json(tool.input_schema)):
                self.prompt.add(text)

    def schema(self, schema: JsonSchema | None) -> None:
        if schema is not None:
            self.prompt.turn()
            self.prompt.add(tokens.as_json(schema))

    def instructions(self, text: str | None) -> None:
        if text:
            self.prompt.turn()
            self.prompt.add(text)
            self.system.append(text)

    def item(self, item: JsonObject, where: str) -> None:
        match item.get("type", "message"):
            case "message":
                self._message(item, where)
            case "function_call":
                self.flush(calls=False)
                self.prompt.turn()
                self.prompt.add(f"{item['name']} {item['arguments']}")
                self._calls.append(ToolCallPart(item["call_id"], item["name"], arguments_of(item["arguments"])))
            case "function_call_output":
                self.flush(outputs=False)
                self.prompt.turn()
                parts = self._parts(item["output"], f"{where}.output")
                text = "\n\n".join(part.text for part in parts if isinstance(part, TextPart))
                attached = [part for part in parts if not isinstance(part, TextPart)]
                self._outputs += [ToolResultPart(item["call_id"], text), *attached]

    def flush(self, *, calls: bool = True, outputs: bool = True) -> None:
        """Ends the turn of calls, or of their outputs."""
        if calls and self._calls:
            last = self.messages[-1] if self.messages else None
            if last is not None and last.role == "assistant":
                self.messages[-1] = Message("assistant", (*last.parts, *self._calls))
            else:
                self.messages.append(Message("assistant", tuple(self._calls)))
            self._calls = []
        if outputs and self._outputs:
            self.messages.append(Message("user", tuple(self._outputs)))
            self._outputs = []

    def _message(self, item: JsonObject, where: str) -> None:
        self.flush()
        self.prompt.turn()
        parts = self._parts(item["content"], f"{where}.content")
        if item["role"] in ("system", "developer"):
            self.system.append("\n\n".join(part.text for part in parts if isinstance(part, TextPart)))
        else:
            self.messages.append(Message(item["role"], tuple(parts)))

    def _parts(self, content: str | list[JsonObject], where: str) -> list[Part]:
        if isinstance(content, str):
            self.prompt.add(content)
            return [TextPart(content)]
        return [self._part(part, f"{where}[{number}]") for number, part in enumerate(content)]

    def _part(self, part: JsonObject, where: str) -> Part:
        match part["type"]:
            case "input_image":
                return self._image(part, where)
            case "input_file":
                return self._file(part, where)
            case "refusal":
                self.prompt.add(part["refusal"])
                return TextPart(part["refusal"])
        self.prompt.add(part["text"], marked=part)
        return TextPart(part["text"])

    def _image(self, part: JsonObject, where: str) -> ImagePart:
        detail = part.get("detail") or "auto"
        if part.get("file_id"):
            found, count = self._media.kept_image(part["file_id"], detail, f"{where}.file_id")
            self.prompt.add(part["file_id"], count, part)
            return found
        url = part.get("image_url")
        if not url:
            raise invalid(f"Missing required parameter: '{where}.image_url'.", f"{where}.image_url", _MISSING)
        found, count = self._media.image(url, detail, f"{where}.image_url")
        self.prompt.add(url, count, part)
        return found

    def _file(self, part: JsonObject, where: str) -> DocumentPart:
        if part.get("file_id"):
            found, count = self._media.kept_file(part["file_id"], f"{where}.file_id")
            self.prompt.add(part["file_id"], count, part)
            return found
        url, data = part.get("file_url"), part.get("file_data")
        if url and data:
            raise invalid(
                "Mutually exclusive parameters: 'file_data' and 'file_url' cannot both be provided.",
                f"{where}.file_url",
                "mutually_exclusive_parameters",
            )
        if url:
            if not url.startswith(("http://", "https://")):
                message = f"Invalid '{where}.file_url'. Expected a valid URL, but got a value with an invalid format."
                raise invalid(message, f"{where}.file_url", "invalid_value")
            self.prompt.add(url, tokens.PAGE_TOKENS, part)
            return DocumentPart(url, media.PDF, "")
        if not data or not part.get("filename"):
            missing = f"{where}.{'filename' if data else 'file_id'}"
            raise invalid(f"Missing required parameter: '{missing}'.", missing, _MISSING)
        found, count = self._media.file(data, part["filename"], f"{where}.file_data")
        self.prompt.add(data, count, part)
        return found


_MISSING = "missing_required_parameter"
