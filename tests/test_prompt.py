"""prompt: what was typed, piped and attached becomes one user message."""

from typing import get_args

import pytest

from llmcli.choices import StdinPlace
from llmcli.errors import UsageError
from llmcli.messages import TextPart
from llmcli.prompt import assemble, fence

FILE = TextPart("<file>")


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("append", "explain\n\na\nb"),
        ("prepend", "a\nb\n\nexplain"),
        ("fence", "explain\n\n```\na\nb\n```"),
    ],
)
def test_stdin_goes_where_it_is_wanted(place: StdinPlace, text: str) -> None:
    message = assemble("explain", "a\nb\n\n", place, [])
    assert message.text == text
    assert message.role == "user"


@pytest.mark.parametrize("place", get_args(StdinPlace))
@pytest.mark.parametrize("piped", [None, "", " \n"])
def test_an_empty_stdin_leaves_the_prompt_as_it_was_typed(place: StdinPlace, piped: str | None) -> None:
    assert assemble(" explain\n", piped, place, []).text == " explain\n"


@pytest.mark.parametrize("place", get_args(StdinPlace))
def test_stdin_alone_is_the_prompt_whatever_its_place(place: StdinPlace) -> None:
    assert assemble("", "  a\n b\n", place, []).text == "  a\n b"


def test_files_come_before_the_question_each_as_a_part_of_its_own() -> None:
    assert assemble("explain", None, "append", [FILE, FILE]).parts == (FILE, FILE, TextPart("explain"))


def test_a_file_alone_is_a_prompt() -> None:
    assert assemble("", None, "append", [FILE]).parts == (FILE,)


@pytest.mark.parametrize(("prompt", "piped"), [("", None), ("", ""), (" \n\t", " "), ("", "\n\n")])
def test_nothing_at_all_is_a_usage_error(prompt: str, piped: str | None) -> None:
    with pytest.raises(UsageError, match="the prompt is empty"):
        assemble(prompt, piped, "append", [])


@pytest.mark.parametrize("text", ["a", "```\ncode\n```", "a ```` b", "`" * 9, "`"])
def test_nothing_inside_closes_a_fence(text: str) -> None:
    first, *inner, last = fence(text).split("\n")
    assert "\n".join(inner) == text
    assert first == last
    assert set(first) == {"`"}
    assert len(first) >= 3
    assert first not in text
