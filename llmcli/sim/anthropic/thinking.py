"""Which thinking and effort each model takes, and what they do not go together with.

From platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting and the pages on what is new in each
model (2026); the sentences are quoted from public issues, but for those on effort.
"""

from __future__ import annotations

from typing import NamedTuple

from llmcli.sim.anthropic.models import AnthropicModel
from llmcli.sim.anthropic.vendor import invalid
from llmcli.sim.checks import JsonObject

_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_USE_ADAPTIVE = 'Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
_PAGE = "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"


class Thinking(NamedTuple):
    """What a request makes of thinking: whether the model may, whether it does so unasked, whether it is shown."""

    may: bool
    does: bool
    shown: bool


def thinking_of(body: JsonObject, model: AnthropicModel) -> Thinking:
    """How the model thinks on this request, whose settings are valid."""
    given = body.get("thinking") or {}
    effort = (body.get("output_config") or {}).get("effort")
    display = given.get("display")
    shown = display == "summarized" if display else model.shows_thinking
    match given.get("type"):
        case "enabled":
            return Thinking(may=True, does=True, shown=shown)
        case "adaptive":
            return Thinking(may=True, does=effort != "low", shown=shown)
        case None:
            may = model.thinks_by_default
            return Thinking(may, may and effort not in (None, "low"), shown)
    return Thinking(may=False, does=False, shown=shown)


def check_thinking(body: JsonObject, model: AnthropicModel) -> None:
    """Raises the ApiError for settings that the model does not take, or not together."""
    given = body.get("thinking") or {}
    kind = given.get("type")
    effort = (body.get("output_config") or {}).get("effort")
    budget = given.get("budget_tokens")
    if budget is not None and "max_tokens" in body and budget >= body["max_tokens"]:
        raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`")
    if kind is not None:
        _check_type(kind, model)
    if effort is not None:
        _check_effort(effort, kind, model)
    if kind in ("enabled", "adaptive"):
        _check_sampling(body)
    choice = (body.get("tool_choice") or {}).get("type")
    if choice in ("any", "tool"):
        if not model.accepts_forced_tools:
            raise invalid('tool_choice: type "tool" and "any" are not supported for this model.')
        if kind == "enabled":
            raise invalid("Thinking may not be enabled when tool_choice forces tool use.")
    if body.get("max_tokens") == 0 and (body.get("stream") or kind == "enabled" or choice in ("any", "tool")):
        what = "stream" if body.get("stream") else "thinking" if kind == "enabled" else "tool_choice"
        raise invalid(f"max_tokens: 0 is not supported together with `{what}`")


def _check_type(kind: str, model: AnthropicModel) -> None:
    if kind in model.thinking_types:
        return
    if kind == "adaptive":
        raise invalid("adaptive thinking is not supported on this model")
    instead = _USE_ADAPTIVE
    if kind == "disabled" and "between_tools" in model.thinking_types:
        instead = 'To turn thinking off on this model, send "thinking": {"type": "between_tools"}.'
    raise invalid(f'"thinking.type.{kind}" is not supported for this model. {instead}')


def _check_effort(effort: str, kind: str | None, model: AnthropicModel) -> None:
    levels = model.efforts
    if not levels:
        raise invalid("This model does not support the effort parameter.")
    if effort not in levels:
        supported = ", ".join(level for level in _EFFORTS if level in levels)
        raise invalid(f"This model does not support effort level '{effort}'. Supported levels: {supported}.")
    if kind == "disabled" and effort in ("xhigh", "max") and model.limits_effort_without_thinking:
        raise invalid(f"output_config.effort: '{effort}' is not supported when thinking is disabled for this model.")


def _check_sampling(body: JsonObject) -> None:
    when = "when `thinking` is enabled or in adaptive mode."
    if body.get("temperature", 1) != 1:
        raise invalid(f"`temperature` may only be set to 1 {when} {_PAGE}")
    if body.get("top_p", 1) < 0.95:
        raise invalid(f"`top_p` must be greater than or equal to 0.95 or unset {when} {_PAGE}")
    if "top_k" in body:
        raise invalid(f"`top_k` must be unset {when} {_PAGE}")
