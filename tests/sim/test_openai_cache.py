"""OpenAI's prompt caching: automatic, in steps, and at explicit breakpoints."""

from __future__ import annotations

import time
from typing import Any

import pytest

from llmcli.sim.openai.prompt import Prompt
from llmcli.sim.openai.rules import known_model

from .helpers import Sim, StartSim, chat, respond

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
LONG = "word " * 1200


def cached(api: str, answer: Any) -> tuple[int, int]:
    """Tokens read from the cache and written to it."""
    assert answer.status == 200, answer.body
    usage = answer.json["usage"]
    details = usage["prompt_tokens_details" if api == CHAT else "input_tokens_details"]
    return details["cached_tokens"], details["cache_write_tokens"]


def openai(api: str, model: str, system: str, prompt: str, **more: Any) -> dict[str, Any]:
    if api == CHAT:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": prompt}]
        return chat(model=model, messages=messages, **more)
    return respond(prompt, model=model, instructions=system, **more)


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_openai_caches_by_itself_in_steps(start_sim: StartSim, api: str) -> None:
    """A repeated beginning is read in steps of 128 tokens, and from 1,024 on; older models bill no writes."""
    sim = start_sim()
    assert cached(api, sim.send(api, openai(api, "gpt-4o", LONG, "one"))) == (0, 0)
    read_, written = cached(api, sim.send(api, openai(api, "gpt-4o", LONG, "two")))
    assert (read_, written) == (1152, 0)
    assert cached(api, sim.send(api, openai(api, "gpt-4o", LONG.replace("word", "other", 1), "one"))) == (0, 0)
    short = "word " * 950
    for question in ("one " * 100, "two " * 100):
        assert cached(api, sim.send(api, openai(api, "gpt-4o", short, question))) == (0, 0)


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_newer_models_bill_what_they_write(start_sim: StartSim, api: str) -> None:
    """Since GPT-5.6 writes are counted; another cache key is another cache."""
    sim = start_sim()
    body = openai(api, "gpt-6-luna", LONG, "one")
    assert cached(api, sim.send(api, body)) == (0, 1152)
    assert cached(api, sim.send(api, body)) == (1152, 0)
    assert cached(api, sim.send(api, {**body, "prompt_cache_key": "mine"})) == (0, 1152)


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_explicit_breakpoints_are_exact(start_sim: StartSim, api: str) -> None:
    """A marked part is cached to its last token, and in explicit mode nothing else is."""
    sim = start_sim()
    kind = "text" if api == CHAT else "input_text"
    marked = {"type": kind, "text": LONG, "prompt_cache_breakpoint": {"mode": "explicit"}}

    def body(question: str, part: dict[str, Any]) -> dict[str, Any]:
        content = [part, {"type": kind, "text": question}]
        field = "messages" if api == CHAT else "input"
        options = {"mode": "explicit"}
        return {
            "model": "gpt-6-luna",
            field: [{"role": "user", "content": content}],
            "prompt_cache_options": options,
        }

    _, written = cached(api, sim.send(api, body("one", marked)))
    assert written > 1200
    assert cached(api, sim.send(api, body("two", marked))) == (written, 0)
    plain = {key: value for key, value in marked.items() if key != "prompt_cache_breakpoint"}
    assert cached(api, sim.send(api, body("three", plain))) == (0, 0)


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_cache_options_are_for_newer_models(sim: Sim, api: str) -> None:
    """Models before GPT-5.6 refuse them, and newer ones the old way of keeping."""
    old = sim.send(api, openai(api, "gpt-4o", "a", "b", prompt_cache_options={"mode": "explicit"}))
    assert (old.status, old.error["code"]) == (400, "unsupported_parameter")
    new = sim.send(api, openai(api, "gpt-6-luna", "a", "b", prompt_cache_retention="in_memory"))
    assert (new.status, new.error["code"]) == (400, "unsupported_value")


def test_a_large_file_is_looked_at_once() -> None:
    """What stands for each of its tokens in the cache is short, however large the file."""
    prompt = Prompt({})
    prompt.add("A" * 4_000_000, 30_000)
    started = time.process_time()
    prefixes = prompt.prefixes(known_model("gpt-4o"), prompt.tokens)
    assert len(prefixes) > 200
    assert time.process_time() - started < 2
