"""rates: as fast as the provider takes it, told by any of the ways in which providers count."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcli.batch.rates.bucket import Bucket
from llmcli.batch.rates.concurrency import Concurrency
from llmcli.batch.rates.headers import Told, told_by
from llmcli.batch.rates.rates import Needs, Rates

from .servers import FixedWindow, Refilling, Server, SlidingWindow, run

MINUTES = 5
SERVERS: dict[str, Callable[[float], Server]] = {
    "fixed": FixedWindow,
    "sliding": SlidingWindow,
    "refilling": Refilling,
    "refilling, two seconds' worth": lambda limit: Refilling(limit, limit / 30),
}


def no_jitter(_: float) -> float:
    return 0.0


def rates(**limits: int) -> Rates:
    return Rates(limits, 0.0, random.Random(3).random)  # type: ignore[arg-type]


@pytest.mark.parametrize("tells", [False, True], ids=["set", "learned"])
@pytest.mark.parametrize("server", SERVERS)
def test_600_requests_a_minute_are_used_and_hardly_exceeded(server: str, tells: bool) -> None:
    seen = run(rates() if tells else rates(requests=600), SERVERS[server](600), 60 * MINUTES, tells=tells)
    assert seen.allowed >= 0.92 * 600 * MINUTES
    assert seen.refused <= 0.03 * (seen.allowed + seen.refused)


@pytest.mark.parametrize("server", [name for name in SERVERS if "two" not in name])
@pytest.mark.parametrize("limit", [5, 60])
def test_small_limits_are_kept_too(server: str, limit: int) -> None:
    seen = run(rates(requests=limit), SERVERS[server](limit), 60 * MINUTES)
    assert seen.allowed >= 0.92 * limit * MINUTES
    assert seen.refused == 0


@pytest.mark.parametrize("server", [name for name in SERVERS if "two" not in name])
def test_tokens_of_rows_of_all_sizes_are_kept_below_the_limit(server: str) -> None:
    draw = random.Random(11)
    sizes = [int(min(40_000, 50 + draw.expovariate(1 / 2000))) for _ in range(10_000)]
    seen = run(
        rates(input_tokens=100_000),
        SERVERS[server](100_000),
        60 * MINUTES,
        kind="input_tokens",
        needs=lambda number: Needs(sizes[number], 1),
    )
    assert sum(sizes[: seen.allowed]) >= 0.85 * 100_000 * MINUTES
    assert seen.refused <= 0.03 * (seen.allowed + seen.refused)


def test_output_is_reserved_at_its_most_and_given_back_so_that_little_output_is_not_slow() -> None:
    """Rows may write 1,000 tokens and write 20: a limit of 100,000 is one of 5,000 rows a minute, not of 100."""
    seen = run(
        rates(output_tokens=100_000),
        SlidingWindow(100_000),
        120,
        kind="output_tokens",
        needs=lambda _: Needs(10, 1000),
        used=lambda needs: Needs(needs.input_tokens, 20),
        latency_s=lambda: 0.3,
    )
    assert seen.allowed > 0.8 * 5000 * 2
    assert seen.refused == 0


def test_no_second_sees_a_burst() -> None:
    seen = run(rates(requests=600), Refilling(600), 120)
    for begin in range(118):
        assert sum(begin <= at < begin + 1 for at in seen.arrivals) <= 16


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 40)), max_size=60), st.integers(40, 200))
def test_never_more_than_the_limit_in_any_minute(asked: list[tuple[float, int]], limit: int) -> None:
    bucket, now, sent = Bucket(limit, 0.0), 0.0, list[tuple[float, int]]()
    for pause_s, need in asked:
        now += pause_s
        while (wait_s := bucket.delay(now, need, need)) > 0:
            now += wait_s
        bucket.take(now, need, need)
        sent.append((now, need))
    for begin, _ in sent:
        assert sum(need for at, need in sent if begin <= at < begin + 60) <= limit


def test_a_row_that_is_larger_than_its_limit_is_refused_with_the_numbers() -> None:
    limited = rates(input_tokens=1000, tokens=1500)
    assert limited.refusal(Needs(1000, 500)) is None
    assert limited.refusal(Needs(1001, 1)) == "it takes 1,001 input tokens, more than the 1,000 a minute"
    assert limited.refusal(Needs(1000, 501)) == "it takes at most 1,501 tokens, more than the 1,500 a minute"


def test_the_wait_that_the_server_asks_for_holds_everything_with_some_jitter() -> None:
    limited = Rates({}, 0.0, lambda bound: bound)
    limited.throttled(10.0, 9.0, 20.0)
    assert limited.delay_until_ok(10.0, Needs(1, 1)) == pytest.approx(22.0)
    assert limited.delay_until_ok(32.1, Needs(1, 1)) == 0.0


def test_there_is_no_burst_when_a_pause_is_over_however_much_the_server_had_left() -> None:
    limited = Rates({"requests": 600}, 0.0, no_jitter)
    limited.learn(10.0, [Told("requests", 600, 600, None)])
    limited.throttled(10.0, 9.0, 20.0)
    assert 0 < limited.delay_until_ok(30.0, Needs(1, 1)) < 0.2


def test_while_the_server_has_plenty_a_tenth_of_its_limit_may_be_on_its_way_unpaced() -> None:
    limited = rates(requests=100)
    for _ in range(20):  # one after the other
        limited.learn(0.0, [Told("requests", 100, 99, None)])
        assert limited.delay_until_ok(0.0, Needs(1, 1)) == 0.0
        limited.settle(0.0, limited.take(0.0, Needs(1, 1)), 1, 1)
    for _ in range(10):
        assert limited.delay_until_ok(0.0, Needs(1, 1)) == 0.0
        limited.take(0.0, Needs(1, 1))
    assert limited.delay_until_ok(0.0, Needs(1, 1)) > 0


def test_several_429s_of_one_burst_are_one_pause_and_later_ones_double_it() -> None:
    limited = Rates({}, 0.0, lambda bound: bound)
    for _ in range(5):
        limited.throttled(1.0, 0.9, None)
    assert limited.delay_until_ok(1.0, Needs(1, 1)) == pytest.approx(1.0)
    limited.throttled(2.5, 2.1, None)
    assert limited.delay_until_ok(2.5, Needs(1, 1)) == pytest.approx(2.0)
    limited.answered()
    limited.throttled(9.0, 8.0, None)
    assert limited.delay_until_ok(9.0, Needs(1, 1)) == pytest.approx(1.0)


def test_of_a_limit_that_was_set_and_one_that_was_told_the_lower_one_counts() -> None:
    limited = rates(requests=100)
    limited.learn(0.0, [Told("requests", 500, 499, None), Told("tokens", 9, 9, None)])
    assert limited.limits() == {"requests": 100.0, "tokens": 9.0}
    limited.learn(0.0, [Told("requests", 50, 49, None)])
    assert limited.limits()["requests"] == 50.0


# Headers


def test_anthropics_headers_are_read() -> None:
    headers = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-11-20T12:00:01Z",
        "anthropic-ratelimit-input-tokens-limit": "30000",
        "anthropic-ratelimit-output-tokens-limit": "8000",
        "anthropic-ratelimit-output-tokens-remaining": "0",
        "anthropic-ratelimit-output-tokens-reset": "2026-11-20T11:59:00+00:00",
    }
    now = 1795176000.0  # 12:00:00
    assert told_by(headers, now) == [
        Told("requests", 50, 49, 1.0),
        Told("input_tokens", 30000, None, None),
        Told("output_tokens", 8000, 0, 0.0),
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("1s", 1.0),
        ("120ms", 0.12),
        ("1m30.5s", 90.5),
        ("1h2m3s", 3723.0),
        ("1d", 86400.0),
        ("17", 17.0),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("", None),
    ],
)
def test_openais_lengths_of_time_are_read(text: str, seconds: float | None) -> None:
    headers = {
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "999",
        "x-ratelimit-reset-tokens": text,
    }
    assert told_by(headers, 0.0) == [Told("tokens", 1000, 999, seconds)]


@settings(deadline=None)  # the machine may be busy
@given(st.text(), st.text(), st.text())
def test_headers_of_nonsense_are_no_limits(limit: str, remaining: str, reset: str) -> None:
    headers = {
        "x-ratelimit-limit-requests": f"{limit}x",
        "anthropic-ratelimit-tokens-limit": "0",
        "anthropic-ratelimit-tokens-remaining": remaining,
        "anthropic-ratelimit-tokens-reset": reset,
    }
    assert told_by(headers, 0.0) == []
    told_by({**headers, "anthropic-ratelimit-tokens-limit": "7"}, 0.0)


# Concurrency


def rounds(concurrency: Concurrency, count: int, latency_s: float = 1.0, start: float = 0.0) -> list[int]:
    """The limit after each round in which all places were used."""
    limits = []
    for number in range(count):
        sent_at, limit = start + number * 10, concurrency.limit
        for _ in range(limit):
            concurrency.answered(sent_at + latency_s, sent_at, limit)
        limits.append(concurrency.limit)
    return limits


def test_it_starts_at_4_and_doubles_up_to_the_most() -> None:
    assert Concurrency().limit == 4
    assert rounds(Concurrency(), 7) == [8, 16, 32, 64, 128, 256, 256]
    assert rounds(Concurrency(most=20), 3) == [8, 16, 20]
    assert Concurrency(most=2).limit == 2


def test_places_that_are_not_used_do_not_become_more() -> None:
    concurrency = Concurrency()
    for number in range(100):
        concurrency.answered(number + 1.0, float(number), 1)
    assert concurrency.limit == 4


def test_it_is_halved_once_for_all_429s_of_what_was_on_its_way_and_then_grows_by_one_a_round() -> None:
    concurrency = Concurrency()
    rounds(concurrency, 4)
    for number in range(30):
        concurrency.throttled(100.0 + number / 100, 99.0)
    assert concurrency.limit == 32
    assert rounds(concurrency, 3, start=200) == [33, 34, 35]
    concurrency.throttled(300.0, 299.0)
    assert concurrency.limit == 17


def test_it_never_falls_below_one() -> None:
    concurrency = Concurrency()
    for number in range(20):
        concurrency.throttled(number + 1.0, float(number))
    assert concurrency.limit == 1


def test_a_cliff_in_latency_ends_the_doubling() -> None:
    concurrency = Concurrency()
    assert rounds(concurrency, 4, latency_s=0.5)[-1] == 64
    after = rounds(concurrency, 3, latency_s=3.0, start=100)
    assert after[0] < 128
    assert after[1] - after[0] <= 2


def test_latency_that_varies_a_little_is_no_cliff() -> None:
    concurrency, draw = Concurrency(), random.Random(1)
    for number in range(6):
        sent_at, limit = number * 10.0, concurrency.limit
        for _ in range(limit):
            concurrency.answered(sent_at + draw.uniform(0.5, 1.5), sent_at, limit)
    assert concurrency.limit == 256


def test_a_fixed_number_stays() -> None:
    concurrency = Concurrency(fixed=10)
    concurrency.throttled(2.0, 1.0)
    assert rounds(concurrency, 3) == [10, 10, 10]
