"""What goes to Anthropic's Messages API, with everything a request can carry.

Written by hand from the pages "Create a Message", "Vision", "PDF support", "Prompt caching", "Extended thinking",
"Adaptive thinking" and "Tool use" of Anthropic's documentation, November 2026; not recorded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..helpers import RunLlmcli
from .files import png
from .servers import files_server
from .snapshots import FILES, JPEG_64, NOTES, PDF_64, PNG_64, TOOL, body, shown, write_files

HAIKU, OLDER = "claude-haiku-5-5", "claude-haiku-4-5"
URL = "https://api.anthropic.com/v1/messages"


@pytest.fixture
def folder(isolated: Path) -> Path:
    write_files(isolated)
    return isolated


def test_anthropic_files(run_here: RunLlmcli, folder: Path) -> None:
    """Text is inlined under its name, images and PDFs are base64 blocks, all before the question."""
    found = shown(run_here, HAIKU, *FILES, "-s", "Be brief.", "--max-tokens", "50")
    assert (found["method"], found["url"]) == ("POST", URL)
    assert found["body"] == {
        "model": "claude-haiku-5-5",
        "max_tokens": 50,
        "system": "Be brief.",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": NOTES},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG_64}},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": JPEG_64}},
                    {
                        "type": "document",
                        "title": "paper.pdf",
                        "source": {"type": "base64", "media_type": "application/pdf", "data": PDF_64},
                    },
                    {"type": "text", "text": "What is it?"},
                ],
            }
        ],
    }


def test_anthropic_tools_cache_and_everything_else(run_here: RunLlmcli, folder: Path) -> None:
    """The system text and the last file are marked for the cache; tools have `input_schema`."""
    flags = ("--cache", "1h", *TOOL, "--tool-choice", "any", "-s", "Be brief.", "-f", "notes.txt")
    more = ("--stop", "END", "--user-id", "user-7", "--service-tier", "auto", "--option", "inference_geo=us")
    assert body(run_here, HAIKU, *flags, *more) == {
        "model": "claude-haiku-5-5",
        "max_tokens": 4096,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": NOTES, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                    {"type": "text", "text": "What is it?"},
                ],
            }
        ],
        "tools": [
            {
                "name": "weather",
                "description": "Today's weather",
                "input_schema": {
                    "type": "object",
                    "properties": {"city": {"type": "string"}},
                    "required": ["city"],
                },
            }
        ],
        "tool_choice": {"type": "any"},
        "stop_sequences": ["END"],
        "metadata": {"user_id": "user-7"},
        "service_tier": "auto",
        "inference_geo": "us",
    }


def test_anthropic_named_tool(run_here: RunLlmcli, folder: Path) -> None:
    found = body(run_here, OLDER, *TOOL, "--tool-choice", "weather")
    assert found["tool_choice"] == {"type": "tool", "name": "weather"}


def plain_anthropic(model: str) -> dict[str, Any]:
    content = [{"type": "text", "text": "What is it?"}]
    return {"model": model, "max_tokens": 4096, "messages": [{"role": "user", "content": content}]}


def test_anthropic_adaptive_thinking(run_here: RunLlmcli, isolated: Path) -> None:
    """A current model takes an effort, and decides itself how long it thinks."""
    assert body(run_here, HAIKU, "--effort", "high", "--show-reasoning") == plain_anthropic("claude-haiku-5-5") | {
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "high"},
    }


def test_anthropic_thinking_budget(run_here: RunLlmcli, isolated: Path) -> None:
    """An older model takes a budget."""
    assert body(run_here, OLDER, "--thinking-budget", "2000") == plain_anthropic("claude-haiku-4-5") | {
        "thinking": {"type": "enabled", "budget_tokens": 2000},
    }


def test_anthropic_without_thinking(run_here: RunLlmcli, isolated: Path) -> None:
    expected = plain_anthropic("claude-haiku-5-5") | {"thinking": {"type": "disabled"}}
    assert body(run_here, HAIKU, "--effort", "none") == expected


def test_anthropic_image_by_url(run_here: RunLlmcli, isolated: Path) -> None:
    """`--by-url` leaves it to the provider to fetch an image."""
    with files_server({"/dot.png": png()}) as server:
        url = f"{server.root}/dot.png"
        content = body(run_here, HAIKU, "--by-url", "-f", url)["messages"][0]["content"]
    assert content[0] == {"type": "image", "source": {"type": "url", "url": url}}


def test_anthropic_json_object(run_here: RunLlmcli, isolated: Path) -> None:
    """The API has no JSON mode, so that it is asked in words."""
    instruction = "Answer with one JSON object and nothing else: no prose, no code fence."
    found = body(run_here, HAIKU, "--json-object", "-s", "Be brief.")
    assert found == plain_anthropic("claude-haiku-5-5") | {"system": f"Be brief.\n\n{instruction}"}


def test_anthropic_sampling_names_the_version_that_takes_it(run_here: RunLlmcli, isolated: Path) -> None:
    found = shown(run_here, HAIKU, "--temperature", "0.5", "--top-k", "40")
    assert found["body"] == plain_anthropic("claude-haiku-5-5") | {"temperature": 0.5, "top_k": 40}
    assert found["headers"]["anthropic-version"] == "2023-06-01"
