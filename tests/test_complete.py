"""complete: retries, fallbacks and deadlines around a provider, and a ledger row for every attempt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcli.complete import Caller, Target
from llmcli.errors import (
    AuthError,
    ClosedPipeError,
    DisconnectedError,
    ExitCode,
    InterruptedRunError,
    LlmcliError,
    RateLimitedError,
    RejectedError,
    TimedOutError,
    UnavailableError,
)
from llmcli.ledger import Ledger
from llmcli.limits import Limits
from llmcli.messages import Delta, Event, Message, Reply, Request, Started, StopReason, Usage
from llmcli.models import Route
from llmcli.providers.base import Endpoint, Provider, WireRequest
from llmcli.purse import Purse
from llmcli.render import Outcome
from llmcli.retry import RetryPolicy

from .helpers import ledger_rows

REQUEST = Request("", (Message.of("user", "twelve chars"),), 100)
ANSWER = Reply("hello", StopReason.END_TURN, Usage(10_000, 2_000), "claude-haiku-5-5", "req_1")
END = Reply("", StopReason.END_TURN, Usage(7, 2), "m-1", "req_1")

Step = Reply | LlmcliError | float
"""What one call of `complete` does: answer, fail, or take that many seconds."""


class FakeProvider:
    """Answers from a script. A stream's script is its events; a number in it is a wait in seconds."""

    def __init__(self, *steps: Step, stream: tuple[Event | LlmcliError | float, ...] = ()) -> None:
        self._steps = list(steps)
        self._stream = stream
        self.requests: list[Request] = []

    def prepare(self, request: Request) -> None:
        """Nothing to import."""

    async def count_tokens(self, request: Request) -> int | None:
        """Nobody asks."""
        return None

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        step = self._steps.pop(0)
        if isinstance(step, LlmcliError):
            raise step
        if isinstance(step, Reply):
            return step
        await asyncio.sleep(step)
        raise AssertionError("nobody ended the wait")

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.requests.append(request)
        for event in self._stream:
            if isinstance(event, LlmcliError):
                raise event
            if isinstance(event, float):
                await asyncio.sleep(event)
            else:
                yield event

    async def reach(self, within_s: float) -> None:
        """Nobody asks."""

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        raise NotImplementedError


class Bench:
    """A Caller with a ledger of its own. Waits between attempts are kept, not slept."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.ledger = Ledger(directory, self._warn)
        self.waits: list[float] = []
        self.fell_back: list[tuple[str, str]] = []
        self.shown: list[str] = []

    def _warn(self, text: str) -> None:
        raise AssertionError(text)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def caller(self, limits: Limits | None = None, **more: Any) -> Caller:
        limits = limits or Limits()
        policy = RetryPolicy(sleep=self._sleep, draw=lambda bound_s: bound_s, deadline=limits.deadline)
        fell_back: Callable[[Route, LlmcliError], None] = lambda route, error: self.fell_back.append(  # noqa: E731
            (route.asked, error.kind)
        )
        return Caller("ask", Purse(self.ledger), policy, limits, on_fallback=fell_back, **more)

    def send(
        self,
        *targets: Target,
        limits: Limits | None = None,
        on_delta: Callable[[Delta], None] | None = None,
        **more: Any,
    ) -> Outcome:
        """The outcome of one request to the first target, with the others as fallbacks."""
        first, *others = targets
        later = [lambda target=target: target for target in others]
        return asyncio.run(self.caller(limits, **more).send(REQUEST, first, later, on_delta=on_delta))

    def show(self, delta: Delta) -> None:
        self.shown.append(delta.text)

    def rows(self) -> list[dict[str, Any]]:
        return ledger_rows(self._directory)

    def statuses(self) -> list[str]:
        return [row["status"] for row in self.rows()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def target(provider: Provider, asked: str = "claude-haiku-5-5", name: str = "anthropic") -> Target:
    route = Route(asked, name, asked.removeprefix(f"{name}/"))
    return Target(route, Endpoint(name, name, "https://api.example", None, "KEY"), provider)


def test_an_answer_is_priced_and_recorded(bench: Bench) -> None:
    provider = FakeProvider(ANSWER)
    outcome = bench.send(target(provider, "anthropic/claude-haiku-5-5"), tags={"team": "a"})
    assert outcome.reply == ANSWER
    assert outcome.error is None
    assert (outcome.model, outcome.provider, outcome.attempts) == ("anthropic/claude-haiku-5-5", "anthropic", 1)
    assert (outcome.cost.usd, outcome.cost.basis) == (Decimal("0.002"), "measured")
    assert provider.requests[0].model == "claude-haiku-5-5"
    [row] = bench.rows()
    assert (row["status"], row["model"], row["cost_usd"]) == ("ok", "anthropic/claude-haiku-5-5", "0.002")
    assert (row["input_tokens"], row["output_tokens"], row["request_id"]) == (10_000, 2_000, "req_1")
    assert row["tags"] == '{"team": "a"}'


def test_every_attempt_is_a_row_of_the_same_call(bench: Bench) -> None:
    failures = [RateLimitedError("x", status=429), UnavailableError("x", status=503)]
    outcome = bench.send(target(FakeProvider(*failures, ANSWER)))
    assert (outcome.error, outcome.attempts) == (None, 3)
    assert bench.waits == [1.0, 2.0]
    rows = bench.rows()
    assert [(row["attempt"], row["status"], row["http_status"]) for row in rows] == [
        (1, "rate_limited", 429),
        (2, "unavailable", 503),
        (3, "ok", None),
    ]
    assert len({row["call_id"] for row in rows}) == 1
    assert [row["cost_basis"] for row in rows] == ["unknown", "unknown", "measured"]


def test_after_the_last_attempt_the_error_is_in_the_outcome(bench: Bench) -> None:
    outcome = bench.send(target(FakeProvider(*[UnavailableError("down")] * 4)))
    assert outcome.error is not None
    assert (outcome.error.exit_code, outcome.attempts, outcome.reply) == (ExitCode.UNAVAILABLE, 4, None)
    assert bench.statuses() == ["unavailable"] * 4


def test_a_final_error_is_recorded_and_not_tried_again(bench: Bench) -> None:
    outcome = bench.send(target(FakeProvider(RejectedError("too long", status=413, request_id="req_9"))))
    assert outcome.error is not None
    assert (outcome.error.exit_code, outcome.attempts) == (ExitCode.REJECTED, 1)
    [row] = bench.rows()
    assert (row["status"], row["http_status"], row["request_id"]) == ("rejected", 413, "req_9")


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (StopReason.MAX_TOKENS, ExitCode.TRUNCATED),
        (StopReason.CONTEXT_WINDOW, ExitCode.TRUNCATED),
        (StopReason.INCOMPLETE, ExitCode.TRUNCATED),
        (StopReason.UNKNOWN, ExitCode.TRUNCATED),
        (StopReason.REFUSAL, ExitCode.REFUSED),
    ],
)
def test_an_answer_that_is_not_whole_is_an_error_with_its_text_and_is_paid_for(
    bench: Bench, reason: StopReason, code: ExitCode
) -> None:
    outcome = bench.send(target(FakeProvider(Reply("par", reason, Usage(10_000, 2_000)))))
    assert outcome.error is not None
    assert outcome.reply is not None
    assert (outcome.error.exit_code, outcome.reply.text) == (code, "par")
    [row] = bench.rows()
    assert (row["status"], row["cost_usd"]) == (code.name.lower(), "0.002")


@pytest.mark.parametrize("reason", [StopReason.END_TURN, StopReason.STOP_SEQUENCE, StopReason.TOOL_USE])
def test_a_whole_answer_is_no_error(bench: Bench, reason: StopReason) -> None:
    assert bench.send(target(FakeProvider(Reply("all", reason)))).error is None


@pytest.mark.parametrize("error", [RateLimitedError("x", retryable=False), UnavailableError("x", retryable=False)])
def test_the_next_model_is_tried_when_one_is_unavailable(bench: Bench, error: LlmcliError) -> None:
    second = target(FakeProvider(ANSWER), "gpt-6-luna", "openai")
    outcome = bench.send(target(FakeProvider(error)), second)
    assert outcome.error is None
    assert (outcome.model, outcome.provider, outcome.attempts) == ("gpt-6-luna", "openai", 2)
    assert bench.fell_back == [("claude-haiku-5-5", error.kind)]
    assert [(row["model"], row["attempt"]) for row in bench.rows()] == [("claude-haiku-5-5", 1), ("gpt-6-luna", 2)]


@pytest.mark.parametrize("error", [RejectedError("x"), AuthError("x")])
def test_no_other_model_is_tried_for_a_fault_of_ours(bench: Bench, error: LlmcliError) -> None:
    second = FakeProvider(ANSWER)
    outcome = bench.send(target(FakeProvider(error)), target(second))
    assert outcome.error is error
    assert second.requests == []


def test_a_truncated_answer_is_not_fallen_back_from(bench: Bench) -> None:
    second = FakeProvider(ANSWER)
    outcome = bench.send(target(FakeProvider(Reply("par", StopReason.MAX_TOKENS))), target(second))
    assert outcome.reply is not None
    assert outcome.reply.text == "par"
    assert second.requests == []


def test_when_all_models_fail_the_last_ones_error_counts(bench: Bench) -> None:
    down = UnavailableError("down", retryable=False)
    outcome = bench.send(target(FakeProvider(RateLimitedError("x", retryable=False))), target(FakeProvider(down), "b"))
    assert outcome.error is down
    assert outcome.model == "b"


def test_an_attempt_that_takes_too_long_is_ended_and_tried_again(bench: Bench) -> None:
    outcome = bench.send(target(FakeProvider(10.0, ANSWER)), limits=Limits(timeout_s=0.02))
    assert outcome.reply == ANSWER
    assert bench.statuses() == ["unavailable", "ok"]


def test_a_timeout_names_the_provider_the_time_and_the_option(bench: Bench) -> None:
    outcome = bench.send(target(FakeProvider(*[10.0] * 4)), limits=Limits(timeout_s=0.02))
    assert isinstance(outcome.error, TimedOutError)
    assert outcome.error.line() == "no complete answer from anthropic within 0.02 s: raise --timeout"
    assert outcome.attempts == 4


def test_a_deadline_ends_the_whole_command(bench: Bench) -> None:
    """No retry and no other model after it: there is no time for them."""
    limits = Limits(deadline=asyncio_now() + 0.05, deadline_s=0.05)
    second = FakeProvider(ANSWER)
    outcome = bench.send(target(FakeProvider(10.0, ANSWER)), target(second), limits=limits)
    assert isinstance(outcome.error, TimedOutError)
    assert outcome.error.line() == "the deadline of 0.05 s passed: raise --deadline"
    assert (outcome.attempts, second.requests, bench.fell_back) == (1, [], [])


def test_a_model_that_is_unavailable_leaves_the_rest_of_the_deadline_to_the_next(bench: Bench) -> None:
    limits = Limits(deadline=asyncio_now() + 60, deadline_s=60)
    failing = FakeProvider(RateLimitedError("x", retry_after_s=61))
    assert bench.send(target(failing), target(FakeProvider(ANSWER)), limits=limits).reply == ANSWER


def asyncio_now() -> float:
    """The clock that Caller and asyncio's timeouts share by default."""
    import time

    return time.monotonic()


def test_a_stream_is_shown_piece_by_piece_and_kept(bench: Bench) -> None:
    events = (Started("m-1", "req_1", Usage(7)), Delta("think", "reasoning"), Delta("he"), Delta("llo"), END)
    outcome = bench.send(target(FakeProvider(stream=events)), on_delta=bench.show)
    assert bench.shown == ["think", "he", "llo"]
    assert outcome.reply is not None
    assert (outcome.reply.text, outcome.reply.reasoning, outcome.reply.usage) == ("hello", "think", Usage(7, 2))
    assert outcome.ttft_ms is not None
    [row] = bench.rows()
    assert (row["status"], row["ttft_ms"]) == ("ok", outcome.ttft_ms)


def test_a_stream_that_fails_before_its_first_piece_is_tried_again(bench: Bench) -> None:
    provider = FakeProvider(stream=(Started(), DisconnectedError("gone")))
    outcome = bench.send(target(provider), on_delta=bench.show)
    assert outcome.error is not None
    assert outcome.attempts == 4
    assert bench.shown == []


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (DisconnectedError("gone"), ExitCode.TRUNCATED),
        (UnavailableError("overloaded"), ExitCode.UNAVAILABLE),
        (RateLimitedError("slow down"), ExitCode.RATE_LIMITED),
        (TimedOutError("late"), ExitCode.UNAVAILABLE),
    ],
)
def test_after_the_first_piece_nothing_is_tried_again(bench: Bench, failure: LlmcliError, code: ExitCode) -> None:
    """What arrived is in the outcome; its tokens are estimated, since nobody has counted them."""
    events = (Started("claude-haiku-5-5", "req_1", Usage(7)), Delta("12345678"), failure)
    second = FakeProvider(ANSWER)
    outcome = bench.send(target(FakeProvider(stream=events)), target(second), on_delta=bench.show)
    assert outcome.error is not None
    assert (outcome.error.exit_code, outcome.error.retryable, outcome.attempts) == (code, False, 1)
    assert outcome.reply is not None
    assert (outcome.reply.text, outcome.reply.stop_reason) == ("12345678", StopReason.INCOMPLETE)
    assert second.requests == []
    [row] = bench.rows()
    assert (row["input_tokens"], row["output_tokens"], row["cost_basis"]) == (7, 2, "estimated")
    assert row["status"] == code.name.lower()


def test_what_was_sent_is_estimated_when_the_stream_never_said(bench: Bench) -> None:
    bench.send(target(FakeProvider(stream=(Delta("1234"), DisconnectedError("gone")))), on_delta=bench.show)
    [row] = bench.rows()
    assert (row["input_tokens"], row["output_tokens"]) == (3, 1)


def test_a_stream_that_ends_early_without_counts_is_estimated(bench: Bench) -> None:
    events = (Started(usage=Usage(7)), Delta("1234"), Reply("", StopReason.INCOMPLETE, Usage(7), "claude-haiku-5-5"))
    outcome = bench.send(target(FakeProvider(stream=events)), on_delta=bench.show)
    assert outcome.error is not None
    assert outcome.error.exit_code is ExitCode.TRUNCATED
    assert outcome.cost.basis == "estimated"
    assert bench.rows()[0]["output_tokens"] == 1


def test_silence_before_the_first_piece_is_tried_again(bench: Bench) -> None:
    limits = Limits(first_token_timeout_s=0.02)
    outcome = bench.send(target(FakeProvider(stream=(Started(), 10.0))), limits=limits, on_delta=bench.show)
    assert outcome.error is not None
    assert outcome.error.line() == "no first token from anthropic within 0.02 s: raise --first-token-timeout"
    assert outcome.attempts == 4


def test_silence_between_pieces_ends_a_stream_with_what_arrived(bench: Bench) -> None:
    limits = Limits(idle_timeout_s=0.03)
    events = (Delta("a"), 0.01, Delta("b"), 0.01, Delta("c"), 0.01, Delta("d"), 10.0)
    outcome = bench.send(target(FakeProvider(stream=events)), limits=limits, on_delta=bench.show)
    assert outcome.error is not None
    assert outcome.error.line() == "nothing came from anthropic for 0.03 s: raise --idle-timeout"
    assert outcome.reply is not None
    assert (outcome.reply.text, outcome.attempts) == ("abcd", 1)


def test_an_idle_timeout_watches_answers_that_are_not_shown_too(bench: Bench) -> None:
    """They are streamed behind the scenes, so they may be tried again; what broke off was paid for all the same."""
    outcome = bench.send(target(FakeProvider(stream=(Delta("12345678"), 10.0))), limits=Limits(idle_timeout_s=0.02))
    assert outcome.error is not None
    assert outcome.attempts == 4
    assert [(row["status"], row["output_tokens"]) for row in bench.rows()] == [("unavailable", 2)] * 4


def test_a_stream_that_keeps_coming_has_no_total_limit_unless_it_is_set(bench: Bench) -> None:
    events = (Delta("a"), 0.03, Delta("b"), 0.03, Delta("c"), END)
    assert bench.send(target(FakeProvider(stream=events)), on_delta=bench.show).error is None
    outcome = bench.send(target(FakeProvider(stream=events)), on_delta=bench.show, limits=Limits(timeout_s=0.04))
    assert outcome.error is not None
    assert "--timeout" in outcome.error.line()


def test_a_reader_that_goes_away_amid_a_stream_ends_it_and_is_recorded(bench: Bench) -> None:
    def closed(delta: Delta) -> None:
        raise ClosedPipeError("stdout is closed")

    outcome = bench.send(target(FakeProvider(stream=(Delta("1234"), END))), on_delta=closed)
    assert outcome.error is not None
    assert outcome.error.exit_code is ExitCode.SIGPIPE
    [row] = bench.rows()
    assert (row["status"], row["output_tokens"], row["cost_basis"]) == ("sigpipe", 1, "estimated")


def cancelled(work: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """What comes of `work` when it is cancelled soon after its begin."""

    async def run() -> Outcome:
        task = asyncio.ensure_future(work())
        await asyncio.sleep(0.02)
        task.cancel()
        return await task

    return asyncio.run(run())


@pytest.mark.parametrize("code", [ExitCode.SIGINT, ExitCode.SIGTERM])
def test_an_interrupted_attempt_is_recorded_and_returned(bench: Bench, code: ExitCode) -> None:
    caller = bench.caller(interrupted=lambda: InterruptedRunError(code))
    outcome = cancelled(lambda: caller.send(REQUEST, target(FakeProvider(10.0))))
    assert outcome.error is not None
    assert outcome.error.exit_code is code
    assert bench.statuses() == ["interrupted"]


def test_an_interrupted_stream_keeps_and_records_what_arrived(bench: Bench) -> None:
    caller = bench.caller(interrupted=InterruptedRunError)
    provider = FakeProvider(stream=(Started("claude-haiku-5-5", usage=Usage(7)), Delta("12345678"), 10.0))
    outcome = cancelled(lambda: caller.send(REQUEST, target(provider), on_delta=bench.show))
    assert outcome.reply is not None
    assert outcome.reply.text == "12345678"
    [row] = bench.rows()
    assert (row["status"], row["output_tokens"], row["cost_basis"]) == ("interrupted", 2, "estimated")


def test_a_cancellation_without_a_signal_is_passed_on_but_recorded(bench: Bench) -> None:
    """As when a caller that sends many requests gives up one of them."""
    with pytest.raises(asyncio.CancelledError):
        cancelled(lambda: bench.caller().send(REQUEST, target(FakeProvider(10.0))))
    assert bench.statuses() == ["interrupted"]


def test_text_that_nobody_needs_is_not_kept(bench: Bench) -> None:
    provider = FakeProvider(stream=(Delta("hello"), END))
    sending = bench.caller().send(REQUEST, target(provider), on_delta=bench.show, keep_text=False)
    outcome = asyncio.run(sending)
    assert outcome.reply is not None
    assert (outcome.reply.text, bench.shown) == ("", ["hello"])


def test_the_time_for_an_answer_grows_with_its_length() -> None:
    def seconds(max_tokens: int, **limits: float) -> float:
        request = Request("m", (), max_tokens)
        return Limits(**limits).of_attempt(request, now=0.0, streamed=False).seconds

    assert seconds(100) == seconds(4096) == 30.0
    assert seconds(8192) == 60.0
    assert seconds(8192, timeout_s=5.0) == 5.0
    assert seconds(8192, deadline=3.0, deadline_s=4.0) == 3.0
