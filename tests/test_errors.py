"""errors: each failure has one exit code, and one line that a terminal can show."""

import pytest

from llmcli import errors
from llmcli.errors import ExitCode, LlmcliError, QuotaError, RateLimitedError, UsageError, one_line

DESIGN_CODES = {
    "OK": 0,
    "BUG": 1,
    "USAGE": 2,
    "CONFIG": 3,
    "AUTH": 4,
    "RATE_LIMITED": 5,
    "UNAVAILABLE": 6,
    "REJECTED": 7,
    "REFUSED": 8,
    "TRUNCATED": 9,
    "INVALID_OUTPUT": 10,
    "BUDGET": 11,
    "PARTIAL": 12,
    "SIGINT": 130,
    "SIGPIPE": 141,
    "SIGTERM": 143,
}


def test_the_exit_codes_are_those_of_the_design() -> None:
    assert {code.name: code.value for code in ExitCode} == DESIGN_CODES


def test_every_code_but_ok_and_bug_has_an_error_class() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, LlmcliError)]
    codes = {errors.InterruptedRunError(code).exit_code for code in (ExitCode.SIGINT, ExitCode.SIGTERM)}
    codes |= {each.exit_code for each in classes}
    assert codes == set(ExitCode) - {ExitCode.OK}


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (RateLimitedError("x"), True),
        (QuotaError("x"), False),
        (errors.UnavailableError("x"), True),
        (errors.DisconnectedError("x"), True),
        (errors.TimedOutError("x"), True),
        (errors.RejectedError("x"), False),
        (errors.AuthError("x"), False),
        (errors.AuthError("x", retryable=True), True),
        (errors.UnavailableError("x", retryable=False), False),
    ],
)
def test_only_what_may_pass_is_retryable_unless_it_is_said(error: LlmcliError, retryable: bool) -> None:
    assert error.retryable is retryable


def test_a_line_is_the_fact_then_the_hint() -> None:
    assert UsageError("the prompt is empty", hint="give one").line() == "the prompt is empty: give one"
    assert UsageError("the prompt is empty").line() == "the prompt is empty"


def test_a_line_has_an_end_and_the_hint_is_still_there() -> None:
    line = UsageError(f'unknown key "{"a" * 100_000}"', hint="the keys are b and c").line()
    assert len(line) < 5100
    assert line.startswith('unknown key "aaa')
    assert line.endswith("…: the keys are b and c")


def test_the_kind_is_the_exit_codes_name_in_lower_case() -> None:
    assert RateLimitedError("x").kind == "rate_limited"


def test_a_server_cannot_put_line_breaks_or_escapes_into_a_line() -> None:
    assert one_line("a\r\n b\t\x1b[31mc\x07\u202ed") == "a b [31mcd"
