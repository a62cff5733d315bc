"""What the bytes of attachments say about themselves."""

from __future__ import annotations

import pytest

from llmcli.messages import DocumentPart, ImagePart, Message, Request, TextPart
from llmcli.sim import media, tokens
from llmcli.sim.engine import answer
from llmcli.sim.openai.image_tokens import image_tokens
from llmcli.sim.openai.models import openai_model

from .pictures import b64, gif, jpeg, pdf, png, webp


@pytest.mark.parametrize(
    ("data", "media_type", "size"),
    [
        (png(1, 70_000), "image/png", (1, 70_000)),
        (jpeg(4000, 3000), "image/jpeg", (4000, 3000)),
        (gif(65_535, 7), "image/gif", (65_535, 7)),
        (webp(16_384, 9), "image/webp", (16_384, 9)),
        (webp(801, 602, b"VP8L"), "image/webp", (801, 602)),
        (webp(801, 602, b"VP8 "), "image/webp", (801, 602)),
    ],
)
def test_format_and_size_are_read_from_the_header(data: bytes, media_type: str, size: tuple[int, int]) -> None:
    """Each format's header gives its size; what follows does not matter."""
    found = media.picture(data + b"rest")
    assert found is not None
    assert (found.media_type, (found.width, found.height)) == (media_type, size)


@pytest.mark.parametrize("data", [png(), jpeg(), gif(), webp(), webp(kind=b"VP8L"), webp(kind=b"VP8 ")])
def test_no_beginning_of_an_image_is_a_crash(data: bytes) -> None:
    """A file that was cut anywhere is either no image or one with a size, never an exception."""
    for length in range(len(data)):
        found = media.picture(data[:length])
        assert found is None or found.width > 0 < found.height


def test_an_image_without_pixels_is_none() -> None:
    """Zero by something is no image that a model could see."""
    assert media.picture(png(0, 5)) is None


def test_pages_of_a_pdf() -> None:
    """Pages are counted, the tree of pages is not one, and a PDF that hides them has one."""
    assert media.pdf_pages(pdf(3)) == 3
    assert media.pdf_pages(b"%PDF-1.7 compressed") == 1
    assert not media.is_pdf(b"%!PS-Adobe")


@pytest.mark.parametrize(
    ("size", "count"), [((200, 200), 54), ((1000, 1000), 1334), ((1092, 1092), 1590), ((4000, 4000), 1600), ((1, 1), 1)]
)
def test_anthropic_counts_a_token_for_750_pixels(size: tuple[int, int], count: int) -> None:
    """The figures of the vendor's page on vision, capped where it scales images down."""
    assert tokens.image(*size) == count


@pytest.mark.parametrize(
    ("model", "size", "detail", "count"),
    [
        ("gpt-4o", (1024, 1024), "high", 765),
        ("gpt-4o", (2048, 4096), "auto", 1105),
        ("gpt-4o", (4096, 8192), "low", 85),
        ("gpt-4o-mini", (1024, 1024), "low", 2833),
        ("gpt-5", (1024, 1024), "high", 70 + 4 * 140),
        ("o3", (1024, 1024), "high", 75 + 4 * 150),
        ("gpt-4.1-mini", (1024, 1024), "high", 1659),
        ("gpt-4.1-mini", (1800, 2400), "high", 2353),
        ("gpt-6-luna", (1024, 1024), "high", 1024),
        ("gpt-6-luna", (10_000, 10_000), "high", 2500),
    ],
)
def test_openai_counts_tiles_or_patches(model: str, size: tuple[int, int], detail: str, count: int) -> None:
    """The examples of the vendor's guide: 765 and 1105 for tiles, 1024 and 1452 patches (times 1.62)."""
    found = openai_model(model)
    assert found is not None
    assert image_tokens(found, *size, detail) == count


def test_the_summary_says_what_came_along() -> None:
    """In this process too: images with size and format, documents with their bytes."""
    parts = (
        ImagePart("a.png", "image/png", b64(png(640, 480))),
        ImagePart("b", "image/*", url="https://example.com/b.png"),
        DocumentPart("c.pdf", "application/pdf", b64(pdf() + bytes(12_345 - len(pdf())))),
        TextPart("look"),
    )
    text = answer(Request("sim", (Message("user", parts),), 500)).text
    assert 'last user message: "look"; 2 images (640x480 PNG, at https://example.com/b.png)' in text
    assert text.endswith("; 1 PDF (12,345 bytes)")


def test_attachments_count_as_input() -> None:
    """An image costs its tokens, a PDF those of its pages."""
    bare = Request("sim", (Message.of("user", "look"),), 10)
    image = ImagePart("a.png", "image/png", b64(png(1000, 1000)))
    document = DocumentPart("c.pdf", "application/pdf", b64(pdf(2)))
    with_both = Request("sim", (Message("user", (image, document, TextPart("look"))),), 10)
    difference = (answer(with_both).usage.input_tokens or 0) - (answer(bare).usage.input_tokens or 0)
    assert difference == 1334 + 2 * tokens.PAGE_TOKENS
