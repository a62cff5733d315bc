"""render: one envelope for success and failure, text as stdout gets it, the first code block."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from llmcli.errors import InvalidOutputError, RateLimitedError, TruncatedError
from llmcli.messages import Cost, Reply, StopReason, Usage
from llmcli.render import Outcome, as_text, dollars_of, envelope, first_code_block, to_json

# Section 2.3 of the design: fields are only ever added.
FIELDS = {
    "schema_version",
    "ok",
    "command",
    "provider",
    "model",
    "model_resolved",
    "text",
    "stop_reason",
    "truncated",
    "usage",
    "cost",
    "request_id",
    "attempts",
    "latency_ms",
    "ttft_ms",
    "error",
}
REPLY = Reply("hi", StopReason.END_TURN, Usage(1, 2), "claude-haiku-5-5", "req_1", "end_turn")
DONE = Outcome("ask", "fast", "anthropic", REPLY, None, Cost(Decimal("0.0000001"), "measured", "p"), 2, 30)


def test_an_answer_gives_every_field_of_the_design() -> None:
    found = envelope(DONE)
    assert set(found) >= FIELDS
    assert (found["schema_version"], found["ok"], found["command"]) == (1, True, "ask")
    assert (found["provider"], found["model"], found["model_resolved"]) == ("anthropic", "fast", "claude-haiku-5-5")
    assert (found["text"], found["stop_reason"], found["truncated"]) == ("hi", "end_turn", False)
    assert (found["request_id"], found["attempts"], found["latency_ms"]) == ("req_1", 2, 30)
    assert found["error"] is None


def test_success_and_failure_have_the_same_shape() -> None:
    failed = envelope(Outcome("ask", error=RateLimitedError("slow down")))
    done = envelope(DONE)
    assert set(failed) == set(done)
    for part in ("usage", "cost"):
        assert set(failed[part]) == set(done[part])  # type: ignore[call-overload]


def test_what_is_unknown_is_null_never_zero() -> None:
    found = envelope(Outcome("ask", error=RateLimitedError("x")))
    assert found["usage"] == dict.fromkeys(
        ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    )
    assert found["cost"] == {"usd": None, "basis": "unknown", "prices": None}
    assert found["text"] is found["latency_ms"] is found["ttft_ms"] is found["request_id"] is None


def test_dollars_are_a_decimal_string_without_an_exponent() -> None:
    assert envelope(DONE)["cost"] == {"usd": "0.0000001", "basis": "measured", "prices": "p"}


def test_an_error_tells_its_class_status_and_what_to_do() -> None:
    error = RateLimitedError("slow\ndown", hint="wait", status=429, retry_after_s=1.5, request_id="req_2")
    found = envelope(Outcome("ask", error=error))
    assert found["ok"] is False
    assert found["request_id"] == "req_2"
    assert found["error"] == {
        "class": "rate_limited",
        "message": "slow down",
        "status": 429,
        "retryable": True,
        "retry_after_s": 1.5,
        "hint": "wait",
    }


@pytest.mark.parametrize("reason", list(StopReason))
def test_an_answer_is_truncated_unless_it_is_whole_or_refused(reason: StopReason) -> None:
    whole = {StopReason.END_TURN, StopReason.STOP_SEQUENCE, StopReason.TOOL_USE, StopReason.REFUSAL}
    outcome = Outcome("ask", reply=Reply("a", reason), error=TruncatedError("x"))
    assert envelope(outcome)["truncated"] is (reason not in whole)


def test_metadata_is_the_envelope_without_anything_the_model_said() -> None:
    missing = set(envelope(DONE)) - set(envelope(DONE, with_text=False))
    assert "text" in missing
    assert missing <= {"text", "reasoning", "tool_calls"}


def test_json_is_one_line_whatever_is_in_it() -> None:
    text = 'a\nb\r\u2028c\u2029"\\\x1bé'
    line = to_json({"text": text})
    assert line.endswith("}\n")
    assert len(line.splitlines()) == 1
    assert "é" in line
    assert json.loads(line)["text"] == text


@pytest.mark.parametrize(("text", "printed"), [("a", "a\n"), ("a\n", "a\n"), ("a\n\n", "a\n\n"), ("", "\n")])
def test_text_ends_with_a_newline_and_is_otherwise_unchanged(text: str, printed: str) -> None:
    assert as_text(text) == printed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```\na\n```", "a"),
        ("x\n\n```python\nprint()\n\n  b\n```\ny\n```\nsecond\n```", "print()\n\n  b"),
        ("~~~ sh\na\n```\nb\n~~~", "a\n```\nb"),
        ("````\n```\ninner\n```\n````", "```\ninner\n```"),
        ("```\na\n`````", "a"),
        ("   ```\na\n   ```", "a"),
        ("```\n```", ""),
        ("use ```a``` inline\n```\nb\n```", "b"),
        ("```py\r\na\r\n```\r\n", "a\r"),
    ],
)
def test_the_first_code_block_comes_out_alone(text: str, code: str) -> None:
    assert first_code_block(text) == code


@pytest.mark.parametrize("text", ["", "no code", "```\nnever closed", "```a```", "    ```\na\n    ```", "```\na\n~~~"])
def test_an_answer_without_a_complete_code_block_is_invalid(text: str) -> None:
    with pytest.raises(InvalidOutputError):
        first_code_block(text)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.0000"),
        ("1234.56789", "$1,234.5679"),
        ("0.00001", "<$0.0001"),
        ("-0.00001", "-<$0.0001"),
        ("-2.5", "-$2.5000"),
    ],
)
def test_amounts_are_read_by_a_person(amount: str, shown: str) -> None:
    """A budget that is overdrawn by next to nothing is not `-0.0000`."""
    assert dollars_of(Decimal(amount)) == shown
