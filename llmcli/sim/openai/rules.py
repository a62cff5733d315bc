"""What OpenAI refuses although every field has its right type, and what the simulator cannot do.

The sentences are the vendor's own, as quoted in public issues of 2024 to 2026, but for `not_simulated`.
"""

from __future__ import annotations

from llmcli.sim.checks import JsonObject
from llmcli.sim.openai.chat_history import check_history
from llmcli.sim.openai.errors import invalid, model_not_found, not_simulated, unsupported
from llmcli.sim.openai.models import OpenAIModel, openai_model
from llmcli.sim.openai.responses_history import check_items

_SAMPLING_DEFAULTS = {"temperature": 1, "top_p": 1, "frequency_penalty": 0, "presence_penalty": 0}
_NOTHING_ASKED = "One of 'input' or 'previous_response_id' or 'prompt' or 'conversation_id' must be provided."


def known_model(name: str) -> OpenAIModel:
    model = openai_model(name)
    if model is None:
        raise model_not_found(name)
    return model


def check_chat(body: JsonObject, model: OpenAIModel) -> int:
    """The most tokens the answer may have. Raises the ApiError for the first rule that the body breaks."""
    if body.get("stream_options") is not None and not body.get("stream"):
        raise invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        raise invalid("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs")
    check_history(body["messages"])
    _check_chat_sampling(body, model)
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        raise invalid(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "max_completion_tokens",
            "invalid_parameter_combination",
        )
    if (body.get("n") or 1) > 1:
        raise not_simulated("n", "more than one choice")
    if body.get("logprobs"):
        raise not_simulated("logprobs", "log probabilities")
    if "audio" in (body.get("modalities") or ()) or body.get("audio"):
        raise not_simulated("modalities", "audio")
    old = any(message["role"] == "function" or message.get("function_call") for message in body["messages"])
    if old or body.get("functions") or body.get("function_call"):
        raise not_simulated("functions", "the form of tools before 'tools'")
    _check_chat_tools(body, model)
    _check_caching(body, model)
    if _wants_object(body.get("response_format")) and not _says_json(body["messages"]):
        message = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        )
        raise invalid(message, "messages")
    return _most_tokens(body, model, "max_completion_tokens", "max_tokens")


def _check_chat_tools(body: JsonObject, model: OpenAIModel) -> None:
    if not body.get("tools"):
        for name in ("tool_choice", "parallel_tool_calls"):
            if body.get(name) is not None:
                only = f"'{name}' is only allowed when 'tools' are specified."
                raise invalid(f"Invalid value for '{name}': {only}", name)
        return
    effort = body.get("reasoning_effort")
    if not model.refuses_tools_with_reasoning_in_chat or effort == "none" or (not effort and model.version < (5, 6)):
        return
    instead = "Please use /v1/responses instead."
    if model.version >= (5, 6):
        instead = "To use function tools, use /v1/responses or set reasoning_effort to 'none'."
    what = f"Function tools with reasoning_effort are not supported for {model.id} in /v1/chat/completions."
    raise invalid(f"{what} {instead}", "reasoning_effort")


def check_effort(effort: str | None, model: OpenAIModel, where: str) -> None:
    """Refuses an effort that the model, which reasons, does not have."""
    if effort is not None and effort not in model.efforts:
        *others, last = [f"'{one}'" for one in model.efforts]
        raise invalid(
            f"Unsupported value: '{effort}' is not supported with the '{model.id}' model."
            f" Supported values are: {', '.join(others)}, and {last}.",
            where,
            "unsupported_value",
        )


def _check_caching(body: JsonObject, model: OpenAIModel) -> None:
    if body.get("prompt_cache_options") and not model.caches_explicitly:
        raise unsupported("prompt_cache_options")
    if body.get("prompt_cache_retention") == "in_memory" and model.version >= (5, 5):
        message = f"Unsupported value: 'in_memory' is not supported with the '{model.id}' model."
        raise invalid(f"{message} Supported values are: '24h'.", "prompt_cache_retention", "unsupported_value")


def _wants_object(given: JsonObject | None) -> bool:
    return given is not None and given["type"] == "json_object"


def _says_json(entries: list[JsonObject]) -> bool:
    """Whether any message has the word `json` in some form."""
    for entry in entries:
        content = entry.get("content")
        texts = [content] if isinstance(content, str) else [part.get("text") or "" for part in content or ()]
        if any("json" in text.lower() for text in texts):
            return True
    return False


def _check_chat_sampling(body: JsonObject, model: OpenAIModel) -> None:
    if not model.reasoning:
        if body.get("reasoning_effort") is not None and not model.simulated:
            raise invalid("Unrecognized request argument supplied: reasoning_effort")
        return
    check_effort(body.get("reasoning_effort"), model, "reasoning_effort")
    if body.get("max_tokens") is not None:
        raise unsupported("max_tokens", instead="max_completion_tokens")
    for name, default in _SAMPLING_DEFAULTS.items():
        value = body.get(name)
        if value is not None and value != default:
            raise invalid(
                f"Unsupported value: '{name}' does not support {value} with this model."
                f" Only the default ({default}) value is supported.",
                name,
                "unsupported_value",
            )
    for name in ("logit_bias", "logprobs", "top_logprobs"):
        if body.get(name):
            raise unsupported(name)
    if body.get("stop") and model.id.startswith("o"):
        raise unsupported("stop")


def check_response(body: JsonObject, model: OpenAIModel) -> int:
    """The most tokens the answer may have. Raises the ApiError for the first rule that the body breaks."""
    if body.get("stream_options") is not None and not body.get("stream"):
        raise invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    if body.get("conversation") is not None and body.get("previous_response_id") is not None:
        raise invalid(
            "Mutually exclusive parameters: 'previous_response_id' and 'conversation' cannot both be provided.",
            "conversation",
            "mutually_exclusive_parameters",
        )
    check_references(body)
    if body.get("input") is None:
        raise invalid(_NOTHING_ASKED, "input", "missing_required_parameter")
    check_items(body)
    if model.reasoning:
        for name in ("temperature", "top_p"):
            if body.get(name) is not None:
                raise unsupported(name, code=None)
        check_effort((body.get("reasoning") or {}).get("effort"), model, "reasoning.effort")
    elif (body.get("reasoning") or {}).get("effort") and not model.simulated:
        raise unsupported("reasoning.effort")
    if body.get("background"):
        raise not_simulated("background", "background responses")
    if body.get("top_logprobs") or "message.output_text.logprobs" in (body.get("include") or ()):
        raise not_simulated("top_logprobs", "log probabilities")
    _check_caching(body, model)
    wanted = (body.get("text") or {}).get("format")
    given = body["input"]
    messages = [{"content": given}] if isinstance(given, str) else given
    if _wants_object(wanted) and not _says_json(messages):
        what = "Response input messages must contain the word 'json' in some form to use 'text.format' of type"
        raise invalid(f"{what} 'json_object'.", "input")
    return _most_tokens(body, model, "max_output_tokens")


def check_references(body: JsonObject) -> None:
    """Refuses what refers to stored things: the simulator stores nothing, so it is never there."""
    previous = body.get("previous_response_id")
    if previous is not None:
        message = f"Previous response with id '{previous}' not found."
        raise invalid(message, "previous_response_id", "previous_response_not_found")
    conversation = body.get("conversation")
    if conversation is not None:
        name = conversation if isinstance(conversation, str) else conversation["id"]
        raise invalid(f"Conversation with id '{name}' not found.", status=404)
    if body.get("prompt") is not None:
        raise invalid(f"Prompt with id '{body['prompt']['id']}' not found.", status=404)


def _most_tokens(body: JsonObject, model: OpenAIModel, *names: str) -> int:
    for name in names:
        asked = body.get(name)
        if asked is None:
            continue
        if asked > model.most_tokens:
            raise invalid(
                f"{name} is too large: {asked}. This model supports at most {model.most_tokens} completion"
                f" tokens, whereas you provided {asked}.",
                name,
                "invalid_value",
            )
        return int(asked)
    return model.most_tokens
