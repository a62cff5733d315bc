"""GET /v1/models and /v1/models/{id}, in either vendor's shape."""

from __future__ import annotations

from llmcli.sim.anthropic import vendor as anthropic
from llmcli.sim.anthropic.models import AnthropicModel, anthropic_model, anthropic_models
from llmcli.sim.anthropic.pages import page_of
from llmcli.sim.anthropic.vendor import versioned
from llmcli.sim.catalog import NO_LIMIT
from llmcli.sim.checks import JsonObject
from llmcli.sim.openai.errors import invalid
from llmcli.sim.openai.models import OpenAIModel, openai_model, openai_models
from llmcli.sim.routes import Asked, Route

# The API's own value for "release date unknown".
_EPOCH = "1970-01-01T00:00:00Z"
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_THINKING_TYPES = ("adaptive", "between_tools", "disabled", "enabled")


def _anthropic_page(asked: Asked) -> JsonObject:
    """One page of models; `lifecycle` as the vendor has it."""
    models = {model.id: model for model in anthropic_models()}
    stages = asked.one("lifecycle") or asked.one("lifecycle[]")
    if stages is not None and "active" not in stages.split(","):
        models = {}
    return page_of(models, _anthropic_shape, asked, "model")


def _anthropic_one(asked: Asked) -> JsonObject:
    [name] = asked.names
    model = anthropic_model(name)
    if model is None:
        raise anthropic.not_found(f"model: {name}")
    return _anthropic_shape(model)


def _openai_list(asked: Asked) -> JsonObject:
    return {"object": "list", "data": [_openai_shape(model) for model in openai_models()]}


def _openai_one(asked: Asked) -> JsonObject:
    [name] = asked.names
    model = openai_model(name)
    if model is None:
        raise invalid(f"The model '{name}' does not exist", "model", "model_not_found", status=404)
    return _openai_shape(model)


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
        "batch": yes,
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


# As nothing is billed here, neither limits nor faults are for these.
ANTHROPIC_MODELS = (
    Route("GET", "/v1/models", versioned(_anthropic_page), counted=False),
    Route("GET", "/v1/models/{}", versioned(_anthropic_one), counted=False),
)
OPENAI_MODELS = (
    Route("GET", "/v1/models", _openai_list, counted=False),
    Route("GET", "/v1/models/{}", _openai_one, counted=False),
)
