"""A request is the sum of its parts: texts, images, documents, tools, and what frames them."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace

import pytest

from llmcli.messages import (
    DocumentPart,
    ImagePart,
    Message,
    OutputSchema,
    Part,
    Request,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from llmcli.tokens import estimate_request, estimate_text, tokenizer_for, upper_bound

from ..carry.files import base64_of, png

PAGE = b"<< /Type /Page /Parent 2 0 R >>"


def asking(*parts: Part, model: str = "gpt-6-luna", system: str | None = None, tools: tuple[Tool, ...] = ()) -> Request:
    return Request(model, (Message("user", parts),), 1, system=system, tools=tools)


def tokens_of(part: Part, model: str) -> int:
    """What a part adds to a request."""
    return estimate_request(asking(part, model=model)) - estimate_request(asking(model=model))


def pdf(*objects: bytes) -> DocumentPart:
    return DocumentPart("a.pdf", "application/pdf", base64.b64encode(b"%PDF-1.7\n" + b"\n".join(objects)).decode())


def test_texts_system_calls_and_results_count() -> None:
    """Each adds what its text is."""
    words = "some words to be counted, one by one"
    assert tokens_of(TextPart(words), "gpt-6-luna") == estimate_text(words)
    assert tokens_of(ToolResultPart("1", words), "gpt-6-luna") == estimate_text(words)
    assert tokens_of(ToolCallPart("1", "f", {"x": words}), "gpt-6-luna") > estimate_text(words)
    framed = estimate_request(asking(system=words)) - estimate_request(asking())
    assert framed == estimate_text(words) + 4


def test_tools_count_with_what_the_vendor_says_about_tools() -> None:
    tool = Tool("get_weather", "The weather in a city.", {"type": "object", "properties": {"city": {"type": "string"}}})
    openai = estimate_request(asking(tools=(tool,))) - estimate_request(asking())
    claude = estimate_request(asking(tools=(tool,)), "claude-opus-4-8") - estimate_request(asking(), "claude-opus-4-8")
    assert 20 < openai < 60
    assert 346 + openai < claude < 346 + 2 * openai


@pytest.mark.parametrize("model", ["gpt-6-luna", "claude-opus-4-8"])
def test_the_schema_of_the_answer_counts(model: str) -> None:
    """Whoever enforces it reads it: what may be sent, and what it can cost at most, are more for it."""
    schema = {"type": "object", "properties": {f"field_{number}": {"type": "string"} for number in range(40)}}
    plain = asking(TextPart("x"), model=model)
    formed = replace(plain, output_schema=OutputSchema("record", schema))
    text = json.dumps(schema, separators=(",", ":"))
    assert estimate_request(formed) - estimate_request(plain) >= estimate_text(text)
    assert upper_bound(formed) - upper_bound(plain) >= len(text)


@pytest.mark.parametrize(
    ("model", "size", "tokens"),
    [
        ("claude-sonnet-4-5", (280, 280), 100),
        ("claude-sonnet-4-5", (4000, 4000), 1600),
        ("claude-opus-4-8", (4000, 4000), 4784),
        ("gpt-6-luna", (320, 320), 100),
        ("gpt-6-luna", (4000, 4000), 2500),
    ],
)
def test_an_image_counts_its_patches_up_to_the_vendors_limit(model: str, size: tuple[int, int], tokens: int) -> None:
    assert tokens_of(ImagePart("a.png", "image/png", base64_of(png(*size))), model) == tokens


def test_an_image_that_is_not_here_counts_as_an_ordinary_one() -> None:
    assert tokens_of(ImagePart("a", "image/png", url="https://example.com/a.png"), "gpt-6-luna") == 1600


def test_a_document_counts_its_pages_not_its_bytes() -> None:
    """Also pages that are kept compressed, and at least one."""
    plain = tokens_of(pdf(PAGE, PAGE, b"<< /Type /Pages /Count 2 >>"), "claude-opus-4-8")
    packed = b"<< /Type /ObjStm /N 2 /First 9 >>\nstream\n" + zlib.compress(PAGE + PAGE) + b"\nendstream"
    assert plain == tokens_of(pdf(packed), "claude-opus-4-8") == 2 * 2300
    assert tokens_of(pdf(b"x" * 10**6), "claude-opus-4-8") == 2300
    assert tokens_of(DocumentPart("a.pdf", "application/pdf", "no base64"), "claude-opus-4-8") == 2300


def test_the_model_may_be_named_apart_from_the_request() -> None:
    """As it is before a request is sent; Claude's factor applies, also to the heuristic."""
    request = asking(TextPart("word " * 300), model="")
    assert estimate_request(request, "claude-opus-4-8") > 1.4 * estimate_request(request, "gpt-6-luna")


def test_a_tokenizer_counts_instead_of_the_heuristic() -> None:
    text = "antidisestablishmentarianism " * 50
    counted = estimate_request(asking(TextPart(text)), tokenizer=tokenizer_for("gpt-6-luna"))
    assert counted == 7 + tokenizer_for("gpt-6-luna").count(text)
