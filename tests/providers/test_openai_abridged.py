"""What closes a Responses stream arrives without the text that was shown, and otherwise means what it meant."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai._streaming import SSEDecoder

from llmcli.providers.openai_abridged import LONG_BYTES, Abridger

LONG = 24  # bytes, instead of LONG_BYTES, so that small examples are long ones
WORDS = 'The "quick"\n\\ Grüße 漢字 😀 \u2028 brown fox. ' * 9
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": json.dumps({"text": WORDS})}
THOUGHT = {
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": WORDS}],
    "content": [{"type": "reasoning_text", "text": WORDS}],
    "encrypted_content": "gAAAA" * 99,
}
PARTS = [{"type": "output_text", "annotations": [], "text": WORDS}, {"type": "refusal", "refusal": WORDS}]
ITEM = {"id": "m", "type": "message", "content": PARTS, "role": "assistant"}
RESPONSE = {
    "status": "incomplete",
    "incomplete_details": {"reason": "max_output_tokens"},
    "reasoning": {"summary": None, "effort": "low"},
    "text": {"format": {"type": "text"}},
    "metadata": {"summary": WORDS},
    "output": [THOUGHT, ITEM, CALL],
    "usage": {"input_tokens": 1, "output_tokens": 2},
}
EVENTS: list[dict[str, Any]] = [
    {"type": "response.output_text.delta", "delta": WORDS, "text": "x"},
    {"type": "response.output_text.done", "text": WORDS},
    {"text": WORDS, "type": "response.output_text.done"},
    {"type": "response.function_call_arguments.done", "arguments": CALL["arguments"]},
    {"type": "response.output_item.done", "item": THOUGHT},
    {"type": "error", "message": WORDS},
    {"type": "response.completed", "response": RESPONSE},
    {"type": "later", "\u0074ext": [WORDS], "deep": {"text": {"text": WORDS}}},
]


def abridged(chunks: Sequence[bytes], *, repeats: bool = True, long_bytes: int = LONG) -> bytes:
    abridger = Abridger(lambda: repeats, long_bytes)
    return b"".join([*(piece for chunk in chunks for piece in abridger.feed(chunk)), abridger.finish()])


def read(stream: bytes) -> list[Any]:
    """The events of a stream as the SDK reads them; those that are no JSON as None."""
    return [_json(event.data) for event in SSEDecoder().iter_bytes(iter([stream]))]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def framed(event: object, line_end: str = "\n", indent: int | None = None, *, ascii_only: bool = True) -> bytes:
    """A server-sent event; with an indent, its JSON has many lines."""
    text = json.dumps(event, indent=indent, ensure_ascii=ascii_only)
    lines = [": keep-alive", "event: some.name", *(f"data: {line}" for line in text.split("\n")), "", ""]
    return line_end.join(lines).encode()


def without_texts(value: object, *, reasoning: bool = False) -> Any:
    """The same JSON as it should arrive: without its long texts, but for those of reasoning."""
    if isinstance(value, list):
        return [without_texts(each, reasoning=reasoning) for each in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, each in value.items():
        reasoning = reasoning or key in ("summary", "encrypted_content")
        reasoning = reasoning or (key == "type" and str(each).startswith("reasoning"))
        dropped = key == "text" and each == WORDS and not reasoning
        found[key] = "" if dropped else without_texts(each, reasoning=reasoning)
    return found


FRAMES = [
    pytest.param(line_end, indent, ascii_only, id=f"{line_end!r}-{indent}-{ascii_only}")
    for line_end in ("\n", "\r\n", "\r")
    for indent in (None, 1)
    for ascii_only in (True, False)
]


@pytest.mark.parametrize(("line_end", "indent", "ascii_only"), FRAMES)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1 << 20])
def test_repeated_text_is_dropped_and_nothing_else(
    line_end: str, indent: int | None, ascii_only: bool, size: int
) -> None:
    """However the stream is framed and cut into chunks."""
    stream = b"".join(framed(event, line_end, indent, ascii_only=ascii_only) for event in EVENTS)
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert read(abridged(chunks)) == without_texts(EVENTS)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_cut_anywhere(line_end: str) -> None:
    """A chunk may end at each byte: within an escape, a character, a line end."""
    text = 'a"\\\n\u00fc漢😀' * 9
    event = {"type": "response.output_text.done", "text": text, "after": {"text": text, "n": -1.5e3}}
    expected = [event | {"text": "", "after": {"text": "", "n": -1.5e3}}, {"type": "next"}]
    for ascii_only in (True, False):
        stream = framed(event, line_end, ascii_only=ascii_only) + framed({"type": "next"}, line_end)
        for at in range(len(stream) + 1):
            assert read(abridged([stream[:at], stream[at:]])) == expected


def test_text_is_kept_until_some_was_shown() -> None:
    """A server that sends no deltas has its answer in these events alone."""
    stream = b"".join(map(framed, EVENTS))
    assert abridged([stream], repeats=False) == stream


def test_shown_is_asked_event_by_event() -> None:
    """One chunk may bring the first delta and the beginning of what repeats it."""
    shown: list[Any] = []
    decoder, abridger = SSEDecoder(), Abridger(lambda: "delta" in shown, LONG)
    stream = framed({"type": "delta"}) + framed({"type": "done", "text": WORDS})
    for event in decoder.iter_bytes(abridger.feed(stream)):
        shown.append(event.json()["type"])
        assert shown == ["delta"] or event.json() == {"type": "done", "text": ""}
    assert shown == ["delta", "done"]


def test_ordinary_events_pass_at_once() -> None:
    """Nothing waits for the next event, and the bytes are the same."""
    for line_end in ("\n", "\r\n", "\r"):
        abridger = Abridger(lambda: True)
        stream = framed({"type": "response.output_text.delta", "text": WORDS}, line_end)
        passed = b"".join(abridger.feed(stream))
        assert passed.rstrip(b"\n") == stream.rstrip(b"\n")
        assert len(list(SSEDecoder().iter_bytes(iter([passed])))) == 1


def test_events_after_a_long_one_pass_at_once() -> None:
    """However its end is cut in two."""
    long, delta = framed({"text": "x" * 5 * LONG}), framed({"type": "response.output_text.delta"})
    for cut in range(len(long)):
        abridger = Abridger(lambda: True, LONG)
        list(abridger.feed(long[:cut]))
        list(abridger.feed(long[cut:]))
        assert b"".join(abridger.feed(delta)) == delta


def test_little_is_held() -> None:
    """Of a text of any length, less than two measures are kept at any time."""
    stream = framed({"text": "x" * (20 * LONG_BYTES), "arguments": "y" * (20 * LONG_BYTES)})
    abridger = Abridger(lambda: True)
    passed = 0
    for at in range(0, len(stream), 1000):
        passed += sum(map(len, abridger.feed(stream[at : at + 1000])))
        assert at + 1000 - passed < 23 * LONG_BYTES
    assert 20 * LONG_BYTES < passed < 21 * LONG_BYTES


NO_JSON = [
    b'data: {"text": "' + b"x" * 99 + b"\n\n",
    b'data: {"text": "' + b"x" * 99 + b'\x01"}\n\n',
    b'data: {"text": "' + b"x" * 99 + b'\\x"}\n\n',
    b'data: {"text": "' + b"x" * 99 + b'\\u12g4"}\n\n',
    b'data: {"text": "' + b"x" * 99 + b'"\n\n',
    b"data: ]}]}" + b"x" * 99 + b"\n\n",
    b'data: "text": "' + b"x" * 99 + b'"\n\n',
    b"data: <html>" + b"x" * 99 + b"\n\n",
]


@pytest.mark.parametrize("stream", NO_JSON)
def test_what_is_no_json_stays_none(stream: bytes) -> None:
    """The SDK is to find fault with it, as ever; what comes after it is read again."""
    after = framed({"type": "later", "text": WORDS})
    for size in (1, 5, 1000):
        chunks = [(stream + after)[at : at + size] for at in range(0, len(stream + after), size)]
        assert read(abridged(chunks)) == [None, {"type": "later", "text": ""}]


def test_a_stream_that_breaks_off_arrives_as_far_as_it_came() -> None:
    """But for the text that is dropped, nothing is held back at the end."""
    stream = framed({"arguments": WORDS, "text": WORDS})
    text_at = stream.index(b'"text": "') + len(b'"text": "')
    for at in range(len(stream)):
        kept = abridged([stream[:at]])
        assert kept[:text_at] == stream[: min(at, text_at)]


# A busy machine is no fault of the code's.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
texts = st.text(alphabet='ax"\\\n:,{}[]\u00fc漢😀', max_size=99)
keys = st.sampled_from(["text", "type", "content", "summary", "encrypted_content", "arguments", "a"])
leaves = st.none() | st.booleans() | st.integers() | texts | st.sampled_from(["reasoning", "text", "summary"])
documents = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=12
)
frames = st.tuples(st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([None, 0, 2]), st.booleans())


def pieces(stream: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    for start, end in pairwise(places):
        yield stream[start:end]


def check_same(before: Any, after: Any, *, may_be_dropped: bool = False, reasoning: bool = False) -> None:
    """Assert that nothing differs but texts, and those only outside of reasoning."""
    if isinstance(before, str) and may_be_dropped and not reasoning:
        assert after in (before, "")
        return
    assert type(before) is type(after)
    if isinstance(before, list):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            check_same(one, other, reasoning=reasoning)
    elif isinstance(before, dict):
        assert list(before) == list(after)
        for key, value in before.items():
            reasoning = reasoning or key in ("summary", "encrypted_content")
            check_same(value, after[key], may_be_dropped=key == "text", reasoning=reasoning)
            reasoning = reasoning or (key == "type" and str(value).startswith("reasoning"))
    else:
        assert before == after


@patient
@given(st.lists(documents, min_size=1, max_size=4), frames, st.lists(st.integers(0, 1 << 16)), st.integers(20, 60))
def test_any_json_means_the_same(
    events: list[Any], frame: tuple[str, int | None, bool], cuts: list[int], long_bytes: int
) -> None:
    line_end, indent, ascii_only = frame
    stream = b"".join(framed(event, line_end, indent, ascii_only=ascii_only) for event in events)
    found = read(abridged(list(pieces(stream, cuts)), long_bytes=long_bytes))
    assert read(stream) == events
    check_same(events, found)


@patient
@given(
    documents,
    frames,
    st.lists(st.integers(0, 1 << 16)),
    st.integers(20, 60),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 3), st.text('"\\{}[],:\n\r 1', max_size=2)), max_size=3),
)
def test_what_is_almost_json_is_as_much_json_as_before(
    event: Any,
    frame: tuple[str, int | None, bool],
    cuts: list[int],
    long_bytes: int,
    faults: list[tuple[int, int, str]],
) -> None:
    """With some characters replaced anywhere, framing included: no event is lost, none mended, none broken."""
    line_end, indent, ascii_only = frame
    words = framed(event, line_end, indent, ascii_only=ascii_only).decode() * 2
    for place, size, put in faults:
        at = place % len(words)
        words = words[:at] + put + words[at + size :]
    stream = words.encode()
    check_same(read(stream), read(abridged(list(pieces(stream, cuts)), long_bytes=long_bytes)))
