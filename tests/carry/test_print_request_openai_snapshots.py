"""What goes to OpenAI's two APIs, with everything a request can carry.

Written by hand from the pages "Create a chat completion", "Create a model response", "Images and vision", "File
inputs", "Function calling", "Reasoning models" and "Structured model outputs" (JSON mode) of OpenAI's documentation,
November 2026; not recorded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..helpers import RunLlmcli
from .files import png
from .servers import files_server
from .snapshots import FILES, JPEG_64, NOTES, PDF_64, PNG_64, TOOL, body, shown, write_files

GPT = "gpt-6-luna"
CHAT_URL = "https://api.openai.com/v1/chat/completions"
RESPONSES_URL = "https://api.openai.com/v1/responses"
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.fixture
def folder(isolated: Path) -> Path:
    write_files(isolated)
    return isolated


@pytest.fixture
def chat_api(user_config: Path) -> None:
    """OpenAI's own endpoint, called through Chat Completions."""
    user_config.write_text('[providers.openai]\napi = "chat"\n')


def test_chat_files(run_here: RunLlmcli, folder: Path, chat_api: None) -> None:
    """Images and PDFs are data URLs."""
    found = shown(run_here, GPT, *FILES, "-s", "Be brief.", "--max-tokens", "50")
    assert (found["method"], found["url"]) == ("POST", CHAT_URL)
    assert found["body"] == {
        "model": "gpt-6-luna",
        "max_completion_tokens": 50,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": NOTES},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG_64}"}},
                    {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{JPEG_64}"}},
                    {
                        "type": "file",
                        "file": {"filename": "paper.pdf", "file_data": f"data:application/pdf;base64,{PDF_64}"},
                    },
                    {"type": "text", "text": "What is it?"},
                ],
            },
        ],
    }


def plain_chat() -> dict[str, Any]:
    messages = [{"role": "user", "content": "What is it?"}]
    return {"model": "gpt-6-luna", "max_completion_tokens": 4096, "messages": messages}


def test_chat_tools_and_everything_else(run_here: RunLlmcli, folder: Path, chat_api: None) -> None:
    flags = (*TOOL, "--tool-choice", "any", "--seed", "7", "--service-tier", "flex", "--user-id", "user-7")
    assert body(run_here, GPT, *flags, "--stop", "END", "--option", "verbosity=low") == plain_chat() | {
        "tools": [
            {
                "type": "function",
                "function": {"name": "weather", "description": "Today's weather", "parameters": SCHEMA},
            }
        ],
        "tool_choice": "required",
        "seed": 7,
        "service_tier": "flex",
        "safety_identifier": "user-7",
        "stop": ["END"],
        "verbosity": "low",
    }


def test_chat_named_tool(run_here: RunLlmcli, folder: Path, chat_api: None) -> None:
    found = body(run_here, GPT, *TOOL, "--tool-choice", "weather")
    assert found["tool_choice"] == {"type": "function", "function": {"name": "weather"}}


def test_chat_reasoning(run_here: RunLlmcli, isolated: Path, chat_api: None) -> None:
    assert body(run_here, GPT, "--effort", "minimal") == plain_chat() | {"reasoning_effort": "minimal"}


def test_chat_json_object(run_here: RunLlmcli, isolated: Path, chat_api: None) -> None:
    """JSON mode needs the word JSON in the conversation, so that it is added."""
    found = body(run_here, GPT, "--json-object")
    assert found["response_format"] == {"type": "json_object"}
    assert found["messages"][0] == {"role": "system", "content": "Answer with one JSON object."}


def test_chat_cache_needs_no_mark(run_here: RunLlmcli, isolated: Path, chat_api: None) -> None:
    """OpenAI caches by itself."""
    assert body(run_here, GPT, "--cache", "1h") == plain_chat()


def test_chat_stream_asks_for_usage(run_here: RunLlmcli, isolated: Path, chat_api: None) -> None:
    extra = {"stream": True, "stream_options": {"include_usage": True}}
    assert shown(run_here, GPT, command="stream")["body"] == plain_chat() | extra


def plain_response() -> dict[str, Any]:
    content = [{"type": "input_text", "text": "What is it?"}]
    items = [{"role": "user", "content": content}]
    return {"model": "gpt-6-luna", "max_output_tokens": 4096, "store": False, "input": items}


def test_responses_files(run_here: RunLlmcli, folder: Path) -> None:
    """OpenAI's own endpoint is called through Responses; nothing is stored there."""
    found = shown(run_here, GPT, *FILES, "-s", "Be brief.", "--max-tokens", "50")
    assert (found["method"], found["url"]) == ("POST", RESPONSES_URL)
    png_url, jpeg_url = f"data:image/png;base64,{PNG_64}", f"data:image/jpeg;base64,{JPEG_64}"
    pdf_url = f"data:application/pdf;base64,{PDF_64}"
    assert found["body"] == {
        "model": "gpt-6-luna",
        "instructions": "Be brief.",
        "max_output_tokens": 50,
        "store": False,
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": NOTES},
                    {"type": "input_image", "image_url": png_url, "detail": "auto"},
                    {"type": "input_image", "image_url": jpeg_url, "detail": "auto"},
                    {"type": "input_file", "filename": "paper.pdf", "file_data": pdf_url},
                    {"type": "input_text", "text": "What is it?"},
                ],
            }
        ],
    }


def test_responses_tools_and_everything_else(run_here: RunLlmcli, folder: Path) -> None:
    """As nothing is stored, reasoning has to come back encrypted."""
    flags = (*TOOL, "--tool-choice", "weather", "--service-tier", "flex", "--user-id", "user-7")
    more = ("--effort", "high", "--show-reasoning", "--option", 'truncation="auto"')
    assert body(run_here, GPT, *flags, *more) == plain_response() | {
        "tools": [
            {
                "type": "function",
                "name": "weather",
                "description": "Today's weather",
                "parameters": SCHEMA,
                "strict": False,
            }
        ],
        "tool_choice": {"type": "function", "name": "weather"},
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "high", "summary": "auto"},
        "service_tier": "flex",
        "safety_identifier": "user-7",
        "truncation": "auto",
    }


def test_responses_json_object(run_here: RunLlmcli, isolated: Path) -> None:
    """JSON mode needs the word JSON in the input: in the instructions it does not count."""
    said = [{"role": "developer", "content": [{"type": "input_text", "text": "Answer with one JSON object."}]}]
    assert body(run_here, GPT, "--json-object", "-s", "Reply in JSON.") == plain_response() | {
        "instructions": "Reply in JSON.",
        "input": said + plain_response()["input"],
        "text": {"format": {"type": "json_object"}},
    }


def test_responses_image_by_url(run_here: RunLlmcli, isolated: Path) -> None:
    with files_server({"/dot.png": png()}) as server:
        url = f"{server.root}/dot.png"
        content = body(run_here, GPT, "--by-url", "-f", url)["input"][0]["content"]
    assert content[0] == {"type": "input_image", "image_url": url, "detail": "auto"}
