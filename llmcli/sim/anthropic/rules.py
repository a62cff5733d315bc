"""What Anthropic refuses although every field has its right type: the rules between fields, roles and models.

The sentences are the vendor's own, as quoted in its documentation and in public issues of 2024 to 2026.
"""

from __future__ import annotations

import itertools
from typing import Any

from llmcli.sim.anthropic.history import check_history
from llmcli.sim.anthropic.models import AnthropicModel, anthropic_model
from llmcli.sim.anthropic.output_schema import check_structured_outputs
from llmcli.sim.anthropic.thinking import check_thinking
from llmcli.sim.anthropic.vendor import invalid, not_found
from llmcli.sim.checks import JsonObject
from llmcli.sim.json_schema import problem

_SYSTEM_ROLE = (
    'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not'
    ' "system" as an input message role.'
)
_BAD_SCHEMA = (
    "JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12). Learn"
    " more about tool use at https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview."
)
_PREFILL = "This model does not support assistant message prefill. The conversation must end with a user message."


def check_meaning(body: JsonObject, version: str) -> AnthropicModel:
    """The model asked. Raises the ApiError for the first rule broken by a body whose fields are valid."""
    model = anthropic_model(body["model"])
    if model is None:
        raise not_found(f"model: {body['model']}")
    _check_turns(body["messages"], model)
    for index, message in enumerate(body["messages"]):
        last = index == len(body["messages"]) - 1
        _check_content(message, index, version, final_assistant=last and message["role"] == "assistant")
    if isinstance(body.get("system"), list):
        _check_texts([block["text"] for block in body["system"]], "system")
    check_history(body["messages"], must_think=(body.get("thinking") or {}).get("type") == "enabled")
    _check_tools(body)
    check_structured_outputs(body)
    _check_length(body, model)
    check_thinking(body, model)
    _check_settings(body, model)
    return model


def _check_turns(messages: list[JsonObject], model: AnthropicModel) -> None:
    roles = [message["role"] for message in messages]
    if roles[0] == "system" or ("system" in roles and not model.accepts_system_turns):
        raise invalid(_SYSTEM_ROLE)
    if roles[0] != "user":
        raise invalid('messages: first message must use the "user" role')
    for index, (before, role) in enumerate(itertools.pairwise(roles), 1):
        if role == "system" and before != "user":
            raise invalid(f'messages.{index}: a "system" message must come right after a "user" message')
    if roles[-1] == "assistant" and not model.accepts_prefill:
        raise invalid(_PREFILL)


def _check_content(message: JsonObject, index: int, version: str, *, final_assistant: bool) -> None:
    content = message["content"]
    if not content:
        if final_assistant:
            return
        rule = "all messages must have non-empty content except for the optional final assistant message"
        raise invalid(f"messages.{index}: {rule}")
    texts = [content] if isinstance(content, str) else [one["text"] for one in content if one["type"] == "text"]
    _check_texts(texts, "messages")
    if final_assistant and texts and texts[-1] != texts[-1].rstrip():
        raise invalid("messages: final assistant content cannot end with trailing whitespace")
    if message["role"] == "user" and version >= "2026-10-21" and isinstance(content, list):
        for number, block in enumerate(content):
            if block["type"] == "text" and block.get("citations"):
                raise invalid(f"messages.{index}.content.{number}.text.citations: Extra inputs are not permitted")


def _check_texts(texts: list[str], where: str) -> None:
    for text in texts:
        if not text:
            raise invalid(f"{where}: text content blocks must be non-empty")
        if text.isspace():
            raise invalid(f"{where}: text content blocks must contain non-whitespace text")


def _check_length(body: JsonObject, model: AnthropicModel) -> None:
    asked = body.get("max_tokens", 0)
    if asked > model.most_tokens:
        limit = f"{asked} > {model.most_tokens}, which is the maximum allowed number of output tokens"
        raise invalid(f"max_tokens: {limit} for {model.id}")
    for sequence in body.get("stop_sequences", ()):
        if not sequence.strip():
            raise invalid("stop_sequences: each stop sequence must contain non-whitespace")


def _check_settings(body: JsonObject, model: AnthropicModel) -> None:
    defaults: dict[str, Any] = {"temperature": 1, "top_p": 1, "top_k": 0}
    for name, default in defaults.items():
        if name in body and body[name] != default and not model.accepts_sampling:
            raise invalid(f"`{name}` is deprecated for this model.")
    if "temperature" in body and "top_p" in body and not model.simulated:
        raise invalid("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")


def _check_tools(body: JsonObject) -> None:
    tools = body.get("tools") or []
    for number, tool in enumerate(tools):
        if problem(tool.get("input_schema", {})) is not None:
            raise invalid(f"tools.{number}.custom.input_schema: {_BAD_SCHEMA}")
    names = [tool.get("name", tool.get("type")) for tool in tools]
    if len(set(names)) < len(names):
        raise invalid("tools: Tool names must be unique.")
    choice = body.get("tool_choice")
    if choice is None:
        return
    if not tools:
        raise invalid("tool_choice: tool_choice may only be specified while providing tools.")
    if choice["type"] == "tool" and choice["name"] not in names:
        raise invalid(f"tool_choice: Tool '{choice['name']}' not found in provided tools")
