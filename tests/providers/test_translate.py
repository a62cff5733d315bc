"""translate: the same fault gives the same error with every provider, and no key shows in it."""

from __future__ import annotations

import email.utils

import pytest

from llmcli.config.keys import Key
from llmcli.config.sources import Origin
from llmcli.errors import (
    AuthError,
    DisconnectedError,
    ExitCode,
    LlmcliError,
    QuotaError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from llmcli.providers.base import Endpoint
from llmcli.providers.translate import LONGEST_WORDS, Fault, error_of, nonsense, retry_after_s, unreachable

from ..helpers import SECRET

NOW = 1_700_000_000.0


def endpoint(name: str = "anthropic") -> Endpoint:
    key = Key(SECRET, "SOME_API_KEY", Origin("env"))
    return Endpoint(name, name, "https://api.example", key, "SOME_API_KEY", {"X-Token": "header-secret"})


@pytest.mark.parametrize("name", ["anthropic", "openai", "local"])
@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, RejectedError, False),
        (401, AuthError, False),
        (402, QuotaError, False),
        (403, AuthError, False),
        (404, RejectedError, False),
        (408, UnavailableError, True),
        (409, UnavailableError, True),
        (413, RejectedError, False),
        (418, RejectedError, False),
        (422, RejectedError, False),
        (429, RateLimitedError, True),
        (500, UnavailableError, True),
        (502, UnavailableError, True),
        (503, UnavailableError, True),
        (504, UnavailableError, True),
        (529, UnavailableError, True),
        (302, RejectedError, False),
    ],
)
def test_a_status_is_the_same_error_with_every_provider(
    name: str, status: int, kind: type[LlmcliError], retryable: bool
) -> None:
    error = error_of(endpoint(name), Fault(status, "words"), now=NOW)
    assert type(error) is kind
    assert error.retryable is retryable
    assert error.status == status
    assert error.message.startswith(f"{name} ")
    assert f"({status}): words" in error.message


@pytest.mark.parametrize(
    "types",
    [("insufficient_quota",), ("billing_error",), ("rate_limit_error", "spend_limit_reached"), ("x", "no_credits")],
)
def test_a_429_for_want_of_money_is_not_retried_even_if_the_server_says_so(types: tuple[str, ...]) -> None:
    types = tuple(word.replace("no_credits", "credit_balance_too_low") for word in types)
    error = error_of(endpoint(), Fault(429, "x", types, {"x-should-retry": "true"}), now=NOW)
    assert type(error) is QuotaError
    assert (error.exit_code, error.retryable) == (ExitCode.RATE_LIMITED, False)


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (("overloaded_error",), UnavailableError),
        (("api_error",), UnavailableError),
        (("rate_limit_error",), RateLimitedError),
        (("insufficient_quota",), QuotaError),
        (("invalid_request_error",), RejectedError),
        (("authentication_error",), AuthError),
        (("something", "context_length_exceeded"), RejectedError),
        (("never heard of",), UnavailableError),
        ((), UnavailableError),
    ],
)
def test_an_error_inside_a_stream_is_known_by_its_type(types: tuple[str, ...], kind: type[LlmcliError]) -> None:
    error = error_of(endpoint(), Fault(None, "x", types), now=NOW)
    assert type(error) is kind
    assert error.status is None


@pytest.mark.parametrize(
    ("status", "wish", "retryable"),
    [(400, "true", True), (503, "false", False), (429, "FALSE", False), (503, "maybe", True), (400, "", False)],
)
def test_x_should_retry_wins(status: int, wish: str, retryable: bool) -> None:
    assert error_of(endpoint(), Fault(status, "x", headers={"x-should-retry": wish}), now=NOW).retryable is retryable


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "7"}, 7.0),
        ({"retry-after": email.utils.formatdate(NOW + 30, usegmt=True)}, 30.0),
        ({"retry-after": email.utils.formatdate(NOW - 30, usegmt=True)}, 0.0),
        ({"retry-after": "86400"}, 86400.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Wed, 21 Oct 99999999999999999999 07:28:00 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 +99999999999999"}, None),
        ({"retry-after": "Wed, 31 Feb 2015 07:28:00 GMT"}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, now=NOW) == seconds
    assert error_of(endpoint(), Fault(503, "x", headers=headers), now=NOW).retry_after_s == seconds


def test_secrets_are_masked_and_words_are_one_line_of_limited_length() -> None:
    words = f"key {SECRET}\nheader header-secret\x1b[31m" + "x" * 1000
    error = error_of(endpoint(), Fault(400, words), now=NOW)
    assert "key *** header ***[31mxxx" in error.message
    assert len(error.message) < LONGEST_WORDS + 60


def test_the_request_id_is_kept() -> None:
    assert error_of(endpoint(), Fault(500, "x", request_id="req_1"), now=NOW).request_id == "req_1"


def test_a_rejected_key_is_named_by_its_variable() -> None:
    assert "check SOME_API_KEY" in error_of(endpoint(), Fault(401, "x"), now=NOW).line()


def test_nonsense_is_unavailable_and_not_retried() -> None:
    """It may have been billed, and comes back the same."""
    error = nonsense(endpoint(), "a web page")
    assert (error.exit_code, error.retryable) == (ExitCode.UNAVAILABLE, False)
    assert "https://api.example answered with a web page" in error.message


def test_a_broken_connection_is_told_by_its_innermost_cause_and_retried() -> None:
    outer = RuntimeError("Connection error.")
    outer.__cause__ = ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 9)")
    error = unreachable(endpoint(), outer)
    assert isinstance(error, DisconnectedError)
    assert error.message == "no answer from anthropic at https://api.example: connection refused"
    assert error.retryable


def test_a_cause_without_words_is_told_by_its_name_and_secrets_are_masked() -> None:
    assert unreachable(endpoint(), ConnectionResetError()).message.endswith(": connectionreseterror")
    assert SECRET not in unreachable(endpoint(), RuntimeError(f"bad header {SECRET}")).message
