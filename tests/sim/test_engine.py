"""The engine: deterministic, exact to the token, lazy."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tracemalloc

import pytest

from llmcli.messages import Message, Request, StopReason
from llmcli.sim import tokens
from llmcli.sim.engine import Generation, answer


def request(prompt: str, max_tokens: int = 1000, **more: object) -> Request:
    return Request("sim", (Message.of("user", prompt),), max_tokens, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "hello", "  two  spaces\n\n\ttabs ", "naïve 日本語 🎉🎉🎉🎉", "a.b,c!?…", "x" * 100, "\r\n\0\u2028"]
)
def test_tokens_joined_are_the_text(text: str) -> None:
    """Nothing is lost or added by cutting a text into tokens."""
    assert "".join(tokens.split(text)) == text
    assert tokens.count(text) == len(list(tokens.split(text)))


def test_no_token_is_long() -> None:
    """A long word is several tokens, so that counts follow length."""
    assert max(map(len, tokens.split("word " * 5 + "y" * 1000))) <= 9


def test_input_counts_system_and_every_message() -> None:
    """Adding a system text or a turn adds its tokens and the overhead of a turn."""
    one = (Message.of("user", "one two"),)
    two = (*one, Message.of("assistant", "three"))
    count = tokens.count_input
    assert count(two) - count(one) == tokens.TURN_OVERHEAD + 1
    assert count(one, "be brief") - count(one) == tokens.TURN_OVERHEAD + 2


def test_same_request_same_answer() -> None:
    """The answer depends on the request alone."""
    assert answer(request("why?", system="brief")) == answer(request("why?", system="brief"))


def test_summary_says_what_was_sent() -> None:
    """Messages, input tokens, system and the start of the last user message are in the default answer."""
    reply = answer(request("commit message\nfor " + "long " * 40, system="Be brief"))
    assert reply.text.startswith(f"sim: 1 message, {reply.usage.input_tokens} tokens in")
    assert 'system: "Be brief"' in reply.text
    assert 'last user message: "commit message for long' in reply.text
    assert reply.text.endswith(' …"')
    assert (reply.usage.output_tokens or 0) > 3
    assert reply.stop_reason is StopReason.END_TURN


@pytest.mark.parametrize("number", [0, 1, 2, 17, 500])
def test_tokens_directive_is_exact(number: int) -> None:
    """`sim:tokens=N` answers N tokens, by usage and by counting the text again."""
    reply = answer(request(f"please sim:tokens={number}"))
    assert reply.usage.output_tokens == number == tokens.count(reply.text)
    assert reply.stop_reason is StopReason.END_TURN


def test_max_tokens_cuts_exactly() -> None:
    """One token too many is MAX_TOKENS and cut; exactly as many is a complete answer."""
    cut = answer(request("sim:tokens=8", 7))
    whole = answer(request("sim:tokens=7", 7))
    assert cut.text == whole.text
    assert cut.usage.output_tokens == whole.usage.output_tokens == 7
    assert (cut.stop_reason, whole.stop_reason) == (StopReason.MAX_TOKENS, StopReason.END_TURN)


def test_echo_is_verbatim() -> None:
    """`sim:echo` gives back every character after it, further directives included."""
    assert answer(request("x sim:echo  a\tb\n\nsim:tokens=3 \u2028é")).text == " a\tb\n\nsim:tokens=3 \u2028é"


def test_code_has_one_fenced_block() -> None:
    """`sim:code` answers prose around one fence, in the language asked for."""
    text = answer(request("sim:code=sh")).text
    assert text.count("```") == 2
    assert "\n```sh\n" in text


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("refusal", StopReason.REFUSAL),
        ("content_filter", StopReason.REFUSAL),
        ("length", StopReason.MAX_TOKENS),
        ("pause_turn", StopReason.INCOMPLETE),
        ("model_context_window_exceeded", StopReason.CONTEXT_WINDOW),
        ("brand_new", StopReason.UNKNOWN),
    ],
)
def test_stop_directive(word: str, reason: StopReason) -> None:
    """`sim:stop=WORD` takes our words, the vendors' words, and words nobody knows."""
    reply = answer(request(f"hi sim:stop={word}"))
    assert (reply.stop_reason, reply.raw_stop_reason) == (reason, word)


def test_a_misspelt_directive_is_named() -> None:
    """A directive that is not understood is in the answer, not silently ignored."""
    assert 'not understood: "sim:token=5"' in answer(request("sim:token=5")).text
    assert 'not understood: "sim:tokens=many"' in answer(request("sim:tokens=many")).text


def test_text_that_only_contains_sim_is_no_directive() -> None:
    """`sim:` inside a word or without a name orders nothing."""
    assert "not understood" not in answer(request("interim:tokens=5, sim: yes")).text


def test_stop_sequence_cuts_before_it() -> None:
    """The earliest of the stop sequences ends the answer, also when it spans tokens; it is not in the text."""
    reply = answer(request("sim:echo one two, three four", stop=("three", "o, th")))
    assert reply.text == "one tw"
    assert reply.stop_reason is StopReason.STOP_SEQUENCE


def test_stop_sequence_beyond_max_tokens_is_not_reached() -> None:
    """What `max_tokens` cuts off cannot stop the answer."""
    reply = answer(request("sim:echo a b c STOP", 3, stop=("STOP",)))
    assert (reply.text, reply.stop_reason) == ("a b c", StopReason.MAX_TOKENS)


def test_no_stop_sequence_found_changes_nothing() -> None:
    """Text held back while looking for a sequence comes out in the end."""
    plain = answer(request("sim:echo a b c d e"))
    assert answer(request("sim:echo a b c d e", stop=("zzzzzz",))) == plain


def test_two_million_tokens_need_no_memory() -> None:
    """A huge answer is made piece by piece: taking some of it is quick and keeps nothing."""
    tracemalloc.start()
    generation = Generation(request("sim:tokens=2000000", 10**9))
    taken = sum(1 for _ in itertools.islice(generation, 200_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken == generation.output_tokens == 200_000
    assert peak < 1_000_000


def test_an_answer_cut_short_by_its_reader_is_incomplete() -> None:
    """The stop reason before the end is INCOMPLETE, and usage is what came out."""
    generation = Generation(request("sim:tokens=10"))
    next(generation)
    assert generation.stop_reason is StopReason.INCOMPLETE
    assert generation.usage.output_tokens == 1


def test_the_engine_imports_nothing_heavy() -> None:
    """`-m sim` starts as fast as the program itself."""
    code = (
        "import sys, llmcli.sim.engine;"
        "print([m for m in ('aiohttp', 'asyncio', 'pydantic', 'json') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
