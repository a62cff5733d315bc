"""Who answers: a table from the kind of API to the file that speaks it. No SDK is imported here."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Literal, cast

from llmcli.providers.base import Endpoint, Provider

# API -> module, class, SDK
_PROVIDERS: dict[str, tuple[str, str, Literal["anthropic", "openai"] | None]] = {
    "anthropic": ("llmcli.providers.anthropic", "AnthropicProvider", "anthropic"),
    "openai-chat": ("llmcli.providers.openai_chat", "OpenAIChatProvider", "openai"),
    "openai-responses": ("llmcli.providers.openai_responses", "OpenAIResponsesProvider", "openai"),
    "sim": ("llmcli.providers.sim", "SimProvider", None),
}

# OpenAI's own hosts, among them those of its regions. Servers that imitate OpenAI know Chat Completions.
_OPENAI_HOST = re.compile(r"https://([a-z]+\.)?api\.openai\.com(/|$)")


def create(endpoint: Endpoint) -> Provider:
    """The provider at `endpoint`; its SDK is imported at the first call."""
    module, name, _ = _PROVIDERS[_api(endpoint)]
    return cast(Provider, getattr(import_module(module), name)(endpoint))


def preload(endpoint: Endpoint) -> None:
    """Begin to import the SDK for `endpoint` on a thread, so that it is there when stdin has been read."""
    sdk = _PROVIDERS[_api(endpoint)][2]
    if sdk is not None:
        from llmcli.providers import sdk_import

        sdk_import.preload(sdk)


def _api(endpoint: Endpoint) -> str:
    if endpoint.kind != "openai":
        return endpoint.kind
    responses = bool(_OPENAI_HOST.match(endpoint.base_url)) if endpoint.api is None else endpoint.api == "responses"
    return "openai-responses" if responses else "openai-chat"
