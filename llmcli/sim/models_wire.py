"""GET /v1/models and /v1/models/{id}, in either vendor's shape."""

from __future__ import annotations

from collections.abc import Mapping

from llmcli.sim.anthropic import vendor as anthropic
from llmcli.sim.anthropic.models import AnthropicModel, anthropic_model, anthropic_models
from llmcli.sim.catalog import NO_LIMIT
from llmcli.sim.checks import JsonObject
from llmcli.sim.openai.errors import invalid
from llmcli.sim.openai.models import OpenAIModel, openai_model, openai_models

_DEFAULT_PAGE = 20
_MOST_PER_PAGE = 1000
# The API's own value for "release date unknown".
_EPOCH = "1970-01-01T00:00:00Z"
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_THINKING_TYPES = ("adaptive", "between_tools", "disabled", "enabled")


def anthropic_page(query: Mapping[str, str]) -> JsonObject:
    """One page of models; `limit`, `after_id`, `before_id` and `lifecycle` as the vendor has them."""
    limit = _limit(query.get("limit"))
    models = anthropic_models()
    if "lifecycle" in query or "lifecycle[]" in query:
        stages = (query.get("lifecycle") or query.get("lifecycle[]") or "").split(",")
        models = models if "active" in stages else []
    ids = [model.id for model in models]
    start, end = 0, len(models)
    if "after_id" in query:
        start = _position(ids, query["after_id"], "after_id") + 1
    if "before_id" in query:
        end = _position(ids, query["before_id"], "before_id")
        start = max(start, end - limit)
    page = models[start:end][:limit]
    return {
        "data": [_anthropic_shape(model) for model in page],
        "has_more": start > 0 if "before_id" in query else start + len(page) < end,
        "first_id": page[0].id if page else None,
        "last_id": page[-1].id if page else None,
    }


def anthropic_one(name: str) -> JsonObject:
    model = anthropic_model(name)
    if model is None:
        raise anthropic.not_found(f"model: {name}")
    return _anthropic_shape(model)


def openai_list() -> JsonObject:
    return {"object": "list", "data": [_openai_shape(model) for model in openai_models()]}


def openai_one(name: str) -> JsonObject:
    model = openai_model(name)
    if model is None:
        raise invalid(f"The model '{name}' does not exist", "model", "model_not_found", status=404)
    return _openai_shape(model)


def _limit(written: str | None) -> int:
    if written is None:
        return _DEFAULT_PAGE
    if not written.isascii() or not written.isdigit():
        raise anthropic.invalid("limit: Input should be a valid integer, unable to parse string as an integer")
    if not 1 <= int(written[:9]) <= _MOST_PER_PAGE:
        raise anthropic.invalid(f"limit: Input should be from 1 to {_MOST_PER_PAGE}")
    return int(written)


def _position(ids: list[str], name: str, param: str) -> int:
    if name not in ids:
        raise anthropic.invalid(f"{param}: no model with this ID")
    return ids.index(name)


def _anthropic_shape(model: AnthropicModel) -> JsonObject:
    words = model.id.split("-")
    name = " ".join(word.capitalize() for word in words if not word.isdigit())
    number = ".".join(word for word in words if word.isdigit() and len(word) < 3)
    return {
        "type": "model",
        "id": model.id,
        "display_name": f"{name} {number}".strip(),
        "created_at": _EPOCH,
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "line": model.line,
        "max_input_tokens": model.context_window,
        "max_tokens": None if model.most_tokens == NO_LIMIT else model.most_tokens,
        "capabilities": _capabilities(model),
    }


def _capabilities(model: AnthropicModel) -> JsonObject:
    """What the simulator can do as this model."""
    no = {"supported": False}
    yes = {"supported": True}
    return {
        "batch": no,
        "citations": no,
        "code_execution": no,
        "context_management": no,
        "effort": {
            "supported": bool(model.efforts),
            **{level: {"supported": level in model.efforts} for level in _EFFORTS},
        },
        "image_input": yes,
        "pdf_input": yes,
        "server_tools": {"supported": False, "code_execution": no, "web_search": no},
        "structured_outputs": yes,
        "thinking": {
            "supported": True,
            "types": {kind: {"supported": kind in model.thinking_types} for kind in _THINKING_TYPES},
        },
    }


def _openai_shape(model: OpenAIModel) -> JsonObject:
    return {"id": model.id, "object": "model", "created": 0, "owned_by": "openai"}
