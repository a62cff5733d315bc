"""The heuristic is rough, but not by a factor, whatever the text is."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from splintr import Tokenizer

from llmcli.tokens import estimate_text, estimate_tokens, heuristic

from ..helpers import ROOT

SAMPLES = {
    "README": (ROOT / "README.md").read_text(),
    "code": (ROOT / "llmcli" / "cli.py").read_text(),
    "JSON": json.dumps([{"id": n, "name": f"user{n}", "score": n * 1.37} for n in range(200)]),
    "CSV": "\n".join(f"{n},{n * 7919 % 10007},2026-11-{n % 28 + 1:02d},item-{n}" for n in range(300)),
    "German": "Die Würde des Menschen ist unantastbar. Sie zu achten und zu schützen ist Verpflichtung aller. " * 20,
    "Russian": "Все люди рождаются свободными и равными в своём достоинстве и правах. " * 20,  # noqa: RUF001
    "Greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. " * 20,  # noqa: RUF001
    "Chinese": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。" * 20,  # noqa: RUF001
    "Japanese": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。" * 20,
    "Hindi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है। " * 20,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_an_estimate_is_within_half_of_the_real_count(name: str) -> None:
    """Four characters a token would be off by a factor of two or more for CSV and Greek."""
    real = len(Tokenizer.from_pretrained("o200k_base").encode_ordinary(SAMPLES[name]))
    assert real / 1.5 < estimate_text(SAMPLES[name]) < real * 1.5


def test_nothing_is_no_token_and_anything_is_one() -> None:
    assert (estimate_text(""), estimate_text("a"), estimate_tokens(0), estimate_tokens(5)) == (0, 1, 0, 2)


def test_half_of_a_surrogate_pair_is_counted() -> None:
    """JSON may have it, and it cannot be encoded."""
    assert estimate_text("\ud800") >= 1


@given(st.text(max_size=200), st.integers(0, 60))
def test_a_cut_text_is_estimated_at_no_more_and_one_character_more_is_too_much(text: str, tokens: int) -> None:
    kept, end = heuristic.first(text, tokens), heuristic.last(text, tokens)
    assert text.startswith(kept)
    assert text.endswith(end)
    for part, longer in ((kept, text[: len(kept) + 1]), (end, text[max(0, len(text) - len(end) - 1) :])):
        assert estimate_text(part) <= tokens
        assert part == text or estimate_text(longer) > tokens


def test_a_text_of_many_chunks_is_counted_and_cut_like_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(random.Random(1).choices("ab 1é漢😀\n", k=500))
    whole = estimate_text(text), heuristic.first(text, 99), heuristic.last(text, 99)
    monkeypatch.setattr(heuristic, "CHUNK_CHARACTERS", 16)
    assert (estimate_text(text), heuristic.first(text, 99), heuristic.last(text, 99)) == whole
