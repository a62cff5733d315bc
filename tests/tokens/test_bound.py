"""What money is reserved by: no count may be higher."""

from __future__ import annotations

import asyncio
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcli.messages import DocumentPart, ImagePart, Message, Part, Request, TextPart, Tool, ToolCallPart
from llmcli.providers.base import Endpoint
from llmcli.providers.sim import SimProvider
from llmcli.tokens import estimate_request, tokenizer_for, upper_bound

from ..carry.files import PDF, base64_of, png

SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "enum": ["Ab", "漢"]}}}
MODELS = ["gpt-6-luna", "gpt-4-turbo", "claude-opus-4-8", "claude-3-haiku-20240307", "sim", "llama3"]

texts = st.text(max_size=300) | st.text(alphabet="aZ9 .\n", max_size=300)
parts: st.SearchStrategy[Part] = (
    texts.map(TextPart)
    | st.tuples(st.integers(1, 2000), st.integers(1, 200)).map(
        lambda size: ImagePart("a.png", "image/png", base64_of(png(*size)))
    )
    | st.just(DocumentPart("a.pdf", "application/pdf", base64_of(PDF)))
    | st.dictionaries(st.text(max_size=5), st.text(max_size=20)).map(lambda given: ToolCallPart("1", "f", given))
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Anything that may be sent."""
    turns = tuple(Message("user", tuple(draw(st.lists(parts, max_size=3)))) for _ in range(draw(st.integers(1, 3))))
    tools = tuple(Tool(f"tool{n}", draw(texts), SCHEMA) for n in range(draw(st.integers(0, 3))))
    return Request(draw(st.sampled_from(MODELS)), turns, 1, system=draw(st.none() | texts), tools=tools)


@given(requests())
@settings(max_examples=60, deadline=None)
def test_it_is_above_the_simulators_count_and_every_estimate(request: Request) -> None:
    """Of texts in any script, images of any size, documents, tools and their calls."""
    bound = upper_bound(request)
    simulated = asyncio.run(SimProvider(Endpoint("sim", "sim", "", None, "")).count_tokens(request))
    assert simulated is not None
    assert bound >= simulated
    assert bound >= estimate_request(request, tokenizer=tokenizer_for(request.model))


@given(st.text(min_size=1, max_size=400))
@settings(max_examples=100, deadline=None)
def test_no_text_has_more_tokens_than_it_bounds(text: str) -> None:
    """Whatever is counted for the text alone; the heuristic may err above what a tokenizer can count."""
    for model in MODELS:
        alone = upper_bound(Request(model, (Message("user", (TextPart(text),)),), 1))
        assert alone >= tokenizer_for(model).count(text)


@pytest.mark.parametrize("model", MODELS)
def test_a_longer_request_has_a_higher_bound(model: str) -> None:
    """By its bytes, not its characters; Claude's by twice as many, of the text as it is normalised."""

    def bound(text: str) -> int:
        return upper_bound(Request(model, (Message("user", (TextPart(text),)),), 1))

    claude = model.startswith("claude")
    assert bound("a" * 1000) - bound("") == (2000 if claude else 1000)
    assert bound("漢" * 1000) - bound("") == (6000 if claude else 3000)
    note = "\U0001d15e"  # normalised, it is two characters
    longer = len(unicodedata.normalize("NFC", note).encode())
    assert longer == 2 * len(note.encode())
    assert bound(note) - bound("") == (2 * longer if claude else len(note.encode()))


def test_images_and_pages_take_the_vendors_maximum() -> None:
    """A document that does not tell its pages may have as many as one request takes."""

    def bound(part: Part, model: str) -> int:
        empty = upper_bound(Request(model, (Message("user", ()),), 1))
        return upper_bound(Request(model, (Message("user", (part,)),), 1)) - empty

    image = ImagePart("a.png", "image/png", base64_of(png(9, 9)))
    assert bound(image, "claude-opus-4-8") >= 4784
    assert bound(image, "gpt-6-luna") >= 10_000
    assert bound(image, "gpt-4o-mini") >= 48_169
    unknown = DocumentPart("a.pdf", "application/pdf", base64_of(b"%PDF-1.7 encrypted"))
    assert bound(unknown, "claude-opus-4-8") >= 600 * 7784
    told = DocumentPart("a.pdf", "application/pdf", base64_of(b"%PDF-1.7 << /Type /Page >>"))
    assert 7784 <= bound(told, "claude-opus-4-8") < 8000


def test_half_of_a_surrogate_pair_is_bounded() -> None:
    assert upper_bound(Request("claude-opus-4-8", (Message.of("user", "\ud800"),), 1)) >= 1
