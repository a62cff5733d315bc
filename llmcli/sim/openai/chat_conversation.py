"""A body of Chat Completions as a neutral request, and as the prompt that it makes."""

from __future__ import annotations

from typing import Any, NamedTuple

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
from llmcli.sim import tokens
from llmcli.sim.checks import JsonObject
from llmcli.sim.kept_files import Files
from llmcli.sim.openai.arguments import arguments_of
from llmcli.sim.openai.errors import invalid
from llmcli.sim.openai.media import MediaReader
from llmcli.sim.openai.models import OpenAIModel
from llmcli.sim.openai.prompt import Prompt
from llmcli.sim.shapes import JsonSchema


class Conversation(NamedTuple):
    """What a body says: the request, and its prompt."""

    request: Request
    prompt: Prompt


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
    for tool in tools:
        reader.prompt.turn(tokens.TOOL_OVERHEAD)
        for text in (tool.name, tool.description, tokens.as_json(tool.input_schema)):
            reader.prompt.add(text)
    if schema is not None:
        reader.prompt.turn()
        reader.prompt.add(tokens.as_json(schema))
    for index, entry in enumerate(body["messages"]):
        reader.message(entry, index)
    request = Request(
        model=model.id,
        messages=tuple(reader.messages),
        system="\n\n".join(filter(None, reader.system)) or None,
        tools=tuple(tools),
        **settings,
    )
    return Conversation(request, reader.prompt)


class _Reader:
    def __init__(self, body: JsonObject, model: OpenAIModel, files: Files) -> None:
        self.prompt = Prompt(body)
        self.system: list[str] = []
        self.messages: list[Message] = []
        self._media = MediaReader(model, files)
        self._after_tool = False

    def message(self, entry: JsonObject, index: int) -> None:
        role = entry["role"]
        self.prompt.turn()
        parts = self._parts(entry, f"messages[{index}].content")
        if role in ("system", "developer"):
            self.system.append("\n\n".join(part.text for part in parts if isinstance(part, TextPart)))
        elif role == "tool":
            text = "\n\n".join(part.text for part in parts if isinstance(part, TextPart))
            result = ToolResultPart(entry["tool_call_id"], text)
            if self._after_tool:
                self.messages[-1] = Message("user", (*self.messages[-1].parts, result))
            else:
                self.messages.append(Message("user", (result,)))
        else:
            self.messages.append(Message(role, (*parts, *self._calls(entry))))
        self._after_tool = role == "tool"

    def _parts(self, entry: JsonObject, where: str) -> list[Part]:
        content = entry.get("content")
        if content is None:
            content = entry.get("refusal") or ""
        if isinstance(content, str):
            self.prompt.add(content)
            return [TextPart(content)] if content or not entry.get("tool_calls") else []
        return [self._part(part, f"{where}[{number}]") for number, part in enumerate(content)]

    def _part(self, part: JsonObject, where: str) -> Part:
        found: ImagePart | DocumentPart
        match part["type"]:
            case "image_url":
                image = part["image_url"]
                found, count = self._media.image(image["url"], image.get("detail", "auto"), f"{where}.image_url.url")
                self.prompt.add(image["url"], count, part)
                return found
            case "file":
                found, count = self._file(part["file"], f"{where}.file")
                self.prompt.add(part["file"].get("file_id") or part["file"]["file_data"], count, part)
                return found
            case "input_audio":
                raise invalid("'input_audio': audio is not simulated.", where, "not_simulated")
        self.prompt.add(part[part["type"]], marked=part)
        return TextPart(part[part["type"]])

    def _file(self, file: JsonObject, where: str) -> tuple[DocumentPart, int]:
        if "file_id" in file:
            return self._media.kept_file(file["file_id"], f"{where}.file_id")
        if "file_data" not in file or "filename" not in file:
            missing = f"{where}.file_id"
            message = f"Missing required parameter: '{missing}'."
            raise invalid(message, missing, "missing_required_parameter")
        return self._media.file(file["file_data"], file["filename"], f"{where}.file_data")

    def _calls(self, entry: JsonObject) -> list[ToolCallPart]:
        calls = []
        for call in entry.get("tool_calls") or ():
            function = call[call["type"]]
            given = function.get("arguments", function.get("input", ""))
            self.prompt.add(f"{function['name']} {given}")
            calls.append(ToolCallPart(call["id"], function["name"], arguments_of(given)))
        return calls
