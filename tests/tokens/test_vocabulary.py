"""Counting in pieces is counting, and what is cut by tokens is text."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcli.tokens import tokenizer_for, vocabulary
from llmcli.tokens.vocabulary import Vocabulary, pieces, pieces_from_end

from ..helpers import ROOT

SOURCE = "".join(file.read_text() for file in sorted(ROOT.glob("llmcli/*.py")))
PROSE = "".join(file.read_text() for file in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))])
O200K = Vocabulary("o200k_base")


def whole(text: str) -> int:
    return len(O200K._encoder.encode_ordinary(text))


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "CHUNK_CHARACTERS", 600)
    monkeypatch.setattr(vocabulary, "WINDOW", 300)


def test_known_counts() -> None:
    """Of OpenAI's own tokenizers."""
    assert O200K.count("hello world") == 2
    assert O200K.count("") == 0
    assert Vocabulary("cl100k_base").count("antidisestablishmentarianism") == 6


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("text", [SOURCE, PROSE], ids=["code", "prose"])
def test_pieces_add_up_to_the_whole(text: str) -> None:
    """Cut into many, code and prose have exactly as many tokens as in one go."""
    assert len(list(pieces(text))) > 20
    assert O200K.count(text) == whole(text)


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
def test_a_cut_changes_no_token(name: str) -> None:
    """Wherever pieces may be cut, the tokens on both sides are those of the whole; line ends and slashes included."""
    encode = Vocabulary(name)._encoder.encode_ordinary
    words = [
        "a",
        "Bc",
        "'s",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "/",
        "//",
        ";",
        "}",
        "12345",
        "é",
        "漢",
        "😀",
        "_",
        " \n",
    ]
    chance, cuts = random.Random(5), 0
    for _ in range(3000):
        text = "".join(chance.choices(words, k=12))
        for match in vocabulary._BOUNDARY.finditer(text):
            cuts += 1
            assert encode(text[: match.start()]) + encode(text[match.start() :]) == encode(text), repr(text)
    assert cuts > 1000


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("text", ["漢字かな交じり文。" * 900, "x" * 9000, "0123456789" * 900, " \n" * 4000])
def test_text_without_a_good_place_to_cut_errs_by_a_handful(text: str) -> None:
    """At most two tokens for each piece."""
    assert abs(O200K.count(text) - whole(text)) <= 2 * len(list(pieces(text)))


@pytest.mark.usefixtures("small_pieces")
@given(st.text(alphabet="ab Z\n9.漢😀", max_size=3000))
@settings(max_examples=50)
def test_pieces_cover_the_text_once(text: str) -> None:
    forward, backward = list(pieces(text)), list(pieces_from_end(text))[::-1]
    for found in (forward, backward):
        assert "".join(text[start:end] for start, end in found) == text
        assert all(0 < end - start <= vocabulary.CHUNK_CHARACTERS for start, end in found)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("tokens", [0, 1, 7, 150, 700, 10**6])
@pytest.mark.parametrize("seed", range(3))
def test_a_cut_text_has_so_many_tokens_and_no_broken_character(tokens: int, seed: int) -> None:
    """Of text whose characters are several tokens each, too; a few tokens less where a character would be cut."""
    words = ["hello", " world", "\n", "漢字", "👩\u200d👩\u200d👧", " naïve", "😀", "    ", "12345", "don't", "ﷺ"]
    text = "".join(random.Random(seed).choices(words, k=2000))
    kept, end = O200K.first(text, tokens), O200K.last(text, tokens)
    assert text.startswith(kept)
    assert text.endswith(end)
    for part in (kept, end):
        assert part == text or tokens - 12 <= O200K.count(part) <= tokens


def test_a_token_that_loses_half_a_character_may_become_two() -> None:
    """Then one token less is kept: some of the tokens of Indian scripts end in the middle of a character."""
    text = " विऀ विः विँ" * 4
    assert [tokens for tokens in range(150) if O200K.count(O200K.first(text, tokens)) > tokens] == []
    assert [tokens for tokens in range(150) if O200K.count(O200K.last(text, tokens)) > tokens] == []


def test_what_looks_like_a_control_token_is_text() -> None:
    assert O200K.count("<|endoftext|>") == 7


def test_half_of_a_surrogate_pair_is_counted() -> None:
    assert O200K.count("a\ud800b") >= 2


def test_claude_is_estimated_by_a_factor_that_its_method_names() -> None:
    """Newer models count more than older ones; a text cut for them is short enough."""
    older, newer = tokenizer_for("claude-3-5-haiku-20241022"), tokenizer_for("claude-opus-4-8")
    assert (older.method, newer.method) == ("splintr o200k_base x 1.2", "splintr o200k_base x 1.5")
    assert newer.count("hello world") == 3
    assert newer.count(newer.first(PROSE, 100)) <= 100
    assert newer.count(newer.last(PROSE, 101)) in (100, 101)


@pytest.mark.parametrize(
    ("model", "method"),
    [
        ("gpt-6-luna", "splintr o200k_base"),
        ("gpt-4o", "splintr o200k_base"),
        ("gpt-4.1-mini", "splintr o200k_base"),
        ("gpt-4-turbo", "splintr cl100k_base"),
        ("gpt-3.5-turbo", "splintr cl100k_base"),
        ("llama3", "splintr o200k_base"),
        ("claude-sonnet-4-20250514", "splintr o200k_base x 1.2"),
        ("claude-haiku-5-5", "splintr o200k_base x 1.5"),
    ],
)
def test_each_family_has_its_vocabulary(model: str, method: str) -> None:
    assert tokenizer_for(model).method == method
