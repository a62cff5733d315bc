"""Estimates are rough, but not by a factor."""

from __future__ import annotations

import pytest

from llmcli.messages import ImagePart, Message, Request, TextPart
from llmcli.tokens import TOKENS_PER_IMAGE, estimate_request, estimate_text


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abcd", 1), ("abcde", 2), ("漢字かな", 4), ("Größe", 2)])
def test_latin_text_is_four_characters_a_token_and_other_scripts_one(text: str, tokens: int) -> None:
    assert estimate_text(text) == tokens


def test_a_request_counts_system_text_and_images_too() -> None:
    parts = (TextPart("abcd" * 10), ImagePart("a.png", "image/png", "AAAA"))
    request = Request("", (Message("user", parts),), 1, system="abcd")
    assert estimate_request(request) == 1 + 10 + TOKENS_PER_IMAGE
