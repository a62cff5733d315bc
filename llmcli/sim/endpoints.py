"""All that one simulator serves: the APIs that take a prompt, and the routes of each vendor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from llmcli.sim.anthropic import vendor as anthropic
from llmcli.sim.anthropic.batches import Batches as MessageBatches
from llmcli.sim.anthropic.files import FilesApi as AnthropicFiles
from llmcli.sim.anthropic.wire import CountTokens, Messages
from llmcli.sim.batch_runner import BatchRunner
from llmcli.sim.kept_files import Files
from llmcli.sim.models_wire import ANTHROPIC_MODELS, OPENAI_MODELS
from llmcli.sim.openai import vendor as openai
from llmcli.sim.openai.batches import Batches
from llmcli.sim.openai.chat_wire import ChatCompletions
from llmcli.sim.openai.files import FilesApi
from llmcli.sim.openai.responses_wire import CountInputTokens, Responses
from llmcli.sim.routes import Route, Routes
from llmcli.sim.storage import Storage
from llmcli.sim.wire import Api, Vendor

_ANTHROPIC = frozenset({"anthropic-version", "x-api-key"})


class Found(NamedTuple):
    """Whose a path is, its routes by their methods, none if it has none, and the names in it."""

    vendor: Vendor
    routes: Mapping[str, Route]
    names: tuple[str, ...]


class Endpoints:
    """The endpoints, and what they keep for their clients: for both vendors together no more than `storage` holds."""

    def __init__(self, runner: BatchRunner, storage: Storage) -> None:
        claude, gpt = Files(storage), Files(storage)
        self.apis: Mapping[str, Api] = {
            "/v1/messages": Messages(claude),
            "/v1/messages/count_tokens": CountTokens(claude),
            "/v1/chat/completions": ChatCompletions(gpt),
            "/v1/responses": Responses(gpt),
            "/v1/responses/input_tokens": CountInputTokens(gpt),
        }
        batches = MessageBatches(claude, storage, runner)
        self._anthropic = Routes((*ANTHROPIC_MODELS, *AnthropicFiles(claude).routes(), *batches.routes()))
        self._openai = Routes((*OPENAI_MODELS, *FilesApi(gpt).routes(), *Batches(gpt, storage, runner).routes()))

    def find(self, raw_path: str, headers: Mapping[str, str]) -> Found:
        """What a path means that takes no prompt. One that both vendors have, or neither, is told by the headers."""
        claude, gpt = self._anthropic.find(raw_path), self._openai.find(raw_path)
        meant = raw_path.startswith("/v1/messages") or not _ANTHROPIC.isdisjoint(map(str.lower, headers))
        if bool(claude[0]) != bool(gpt[0]):
            meant = bool(claude[0])
        return Found(anthropic, *claude) if meant else Found(openai, *gpt)
