"""Both vendors' lists of models, on the same path."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import Sim, run

VERSION: dict[str, str | None] = {"anthropic-version": "2026-10-21"}


def test_anthropic_sdk_lists_every_model(sim: Sim) -> None:
    """The SDK pages through all of Anthropic's models and finds `sim` among them."""

    async def work() -> list[Any]:
        async with sim.anthropic() as client:
            return [model async for model in client.models.list(limit=5)]

    ids = [model.id for model in run(work())]
    assert {"claude-haiku-5-5", "claude-opus-5-5", "sim"} <= set(ids)
    assert len(ids) == len(set(ids)) > 20
    assert not any(name.startswith("gpt") for name in ids)


def test_openai_sdk_lists_every_model(sim: Sim) -> None:
    """Without anthropic-version the list is OpenAI's."""

    async def work() -> list[Any]:
        async with sim.openai() as client:
            return [model async for model in client.models.list()]

    models = run(work())
    assert {"gpt-6-luna", "o3", "sim"} <= {model.id for model in models}
    assert {model.object for model in models} == {"model"}


def test_one_model_in_either_shape(sim: Sim) -> None:
    """Both SDKs retrieve a model by its name."""

    async def work() -> tuple[Any, Any]:
        async with sim.anthropic() as one, sim.openai() as other:
            return await one.models.retrieve("claude-haiku-4-5"), await other.models.retrieve("gpt-6-luna")

    claude, gpt = run(work())
    assert (claude.display_name, claude.max_tokens, claude.line) == ("Claude Haiku 4.5", 64_000, "haiku")
    assert claude.capabilities.thinking.types.enabled.supported
    assert claude.capabilities.structured_outputs.supported
    assert (gpt.id, gpt.owned_by) == ("gpt-6-luna", "openai")


def test_pages_backwards(sim: Sim) -> None:
    """`before_id` gives the page that ends right before a model."""
    ids = [model["id"] for model in sim.send("/v1/models?limit=1000", headers=VERSION).json["data"]]
    page = sim.send(f"/v1/models?limit=2&before_id={ids[4]}", headers=VERSION).json
    assert [model["id"] for model in page["data"]] == ids[2:4]
    assert (page["first_id"], page["last_id"], page["has_more"]) == (ids[2], ids[3], True)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after_id=nope"])
def test_bad_pages_are_400(sim: Sim, query: str) -> None:
    """A page that cannot be is an invalid_request_error."""
    assert sim.send(f"/v1/models?{query}", headers=VERSION).error["type"] == "invalid_request_error"


def test_unknown_models_are_404_in_either_shape(sim: Sim) -> None:
    """Each vendor says in its own words that it has no such model."""
    assert sim.send("/v1/models/nope", headers=VERSION).error == {"type": "not_found_error", "message": "model: nope"}
    answer = sim.send("/v1/models/nope")
    assert (answer.status, answer.error["code"], answer.error["param"]) == (404, "model_not_found", "model")


def test_models_need_a_key(sim: Sim) -> None:
    """The lists are not public."""
    none: dict[str, str | None] = {"Authorization": None}
    assert sim.send("/v1/models", headers=none).status == 401
    assert sim.send("/v1/models", headers={**none, **VERSION}).error["type"] == "authentication_error"
