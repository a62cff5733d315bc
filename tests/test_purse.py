"""purse: what a call may take is reserved before it is sent, under every cap that holds for it."""

from __future__ import annotations

import asyncio
import os
import random
import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from llmcli.budget import Budget, part_of
from llmcli.config.settings import BudgetSettings, CapSettings, PriceSettings
from llmcli.errors import BudgetError, ConfigError
from llmcli.ledger import Charge, Ledger, Sent, Settled
from llmcli.messages import Cost, Message, Request, Usage
from llmcli.pricing import PricedModel
from llmcli.purse import LONGEST_WAIT_S, Purse, Reserved, charge_of, longest_output

from .helpers import ledger_rows

# A cent for a thousand tokens, either way.
PRICES = {"m": PriceSettings(Decimal(10), Decimal(10))}
MODEL = PricedModel("local", "openai", "http://127.0.0.1:1", ("m",))
REQUEST = Request("m", (Message.of("user", "x"),), 1000)
BERLIN = ZoneInfo("Europe/Berlin")


def cents(number: float) -> Decimal:
    return Decimal(str(number)) / 100


def sent(**more: Any) -> Sent:
    return Sent("call", 1, "ask", "local", "m", **more)


@dataclass
class Bench:
    """A purse whose clock stands still but for its own sleeping; its provider counts nothing as `input_tokens`."""

    directory: Path
    input_tokens: int | None = 0
    now: float = 0.0
    said: list[str] = field(default_factory=list)
    counted: int = 0

    def purse(self, ledger: Ledger | None = None, **budget: Any) -> Purse:
        async def sleep(seconds: float) -> None:
            self.now += seconds

        ledger = ledger or Ledger(self.directory, self.said.append)
        return Purse(ledger, PRICES, Budget(**budget), note=self.said.append, clock=lambda: self.now, sleep=sleep)

    def reserve(self, purse: Purse, sent_: Sent | None = None, request: Request = REQUEST) -> Reserved:
        async def count() -> int | None:
            self.counted += 1
            return self.input_tokens

        return asyncio.run(purse.reserve(sent_ or sent(), MODEL, request, count))

    def settle(self, purse: Purse, reserved: Reserved, usd: Decimal | None, usage: Usage | None = None) -> None:
        usage = usage or Usage(500, 500)
        charge = charge_of(usage, usd, reserved.worst)
        purse.ledger.settle(reserved.row, sent(), Settled("ok", usage=usage, cost=Cost(usd, "measured"), charge=charge))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def daily(usd: Decimal) -> BudgetSettings:
    return BudgetSettings(daily_usd=usd)


def cap_named(error: BudgetError) -> Decimal:
    """The dollars that would do, by the message."""
    return Decimal(error.line().partition("lets it through is $")[2].partition(";")[0])


def test_without_a_cap_nothing_is_reserved_or_counted(bench: Bench) -> None:
    bench.reserve(bench.purse())
    [row] = ledger_rows(bench.directory)
    assert (row["status"], row["charge_usd"], bench.counted) == ("sent", None, 0)


def test_the_worst_case_is_reserved_and_settled_to_what_was_used(bench: Bench) -> None:
    purse = bench.purse(settings=daily(cents(5)))
    reserved = bench.reserve(purse)
    [row] = ledger_rows(bench.directory)
    assert Decimal(row["charge_usd"]) >= cents(1)
    assert row["charge_tokens"] >= 1000
    bench.settle(purse, reserved, cents(0.3))
    [row] = ledger_rows(bench.directory)
    assert (row["charge_usd"], row["charge_tokens"]) == ("0.003", 1000)


def test_over_the_cap_nothing_is_recorded_and_the_message_says_what_would_do(bench: Bench) -> None:
    purse = bench.purse(settings=daily(cents(2.5)))
    for _ in range(2):
        bench.settle(purse, bench.reserve(purse), cents(1))
    with pytest.raises(BudgetError) as caught:
        bench.reserve(purse)
    line = caught.value.line()
    assert "budget.daily_usd is $0.025" in line
    assert "$0.02 spent, $0.00 reserved" in line
    assert "smallest cap that lets it through is $0.03;" in line
    assert len(ledger_rows(bench.directory)) == 2
    enough = bench.purse(settings=daily(cents(3)))
    bench.reserve(enough)


def test_no_smaller_cap_than_the_one_that_is_named_would_do(bench: Bench) -> None:
    purse, least = bench.purse(settings=daily(cents(1))), Decimal("1e-12")
    bench.settle(purse, bench.reserve(purse), 3 * least)
    with pytest.raises(BudgetError) as caught:
        bench.reserve(purse)
    named = cap_named(caught.value)
    with pytest.raises(BudgetError):
        bench.reserve(bench.purse(settings=daily(named - least)))
    bench.reserve(bench.purse(settings=daily(named)))


def test_a_call_of_any_size_is_over_the_cap(bench: Bench) -> None:
    with pytest.raises(BudgetError) as caught:
        bench.reserve(bench.purse(settings=daily(cents(1))), request=replace(REQUEST, max_tokens=10**40))
    assert "budget.daily_usd is $0.01" in caught.value.line()


def test_a_cent_of_a_cent_decides(bench: Bench) -> None:
    """The cap may be reached exactly, and not passed by the least amount."""
    purse = bench.purse(settings=daily(cents(1)))
    bench.reserve(purse)
    other = Bench(bench.directory / "other")
    with pytest.raises(BudgetError):
        other.reserve(other.purse(settings=daily(cents(1) - Decimal("1E-12"))))


def test_the_input_is_counted_only_if_its_upper_bound_does_not_fit(bench: Bench) -> None:
    bench.input_tokens = 0
    bench.reserve(bench.purse(settings=daily(cents(50))))
    assert bench.counted == 0
    long = replace(REQUEST, messages=(Message.of("user", "x" * 100_000),))
    bench.reserve(bench.purse(settings=daily(cents(50))), request=long)
    assert bench.counted == 1


def test_a_call_waits_for_what_others_have_reserved_but_may_not_use(bench: Bench) -> None:
    purse = bench.purse(settings=daily(cents(2)))
    other = bench.reserve(purse)

    async def sleep(seconds: float) -> None:
        bench.now += seconds
        if bench.now > 5:
            bench.settle(purse, other, cents(0.1))

    purse.sleep = sleep
    bench.settle(purse, bench.reserve(purse), cents(0.85))
    assert 5 < bench.now < 6
    assert bench.said == ["waiting for running calls to leave room under budget.daily_usd"]


def test_waiting_ends_in_an_error_that_names_what_is_reserved(bench: Bench) -> None:
    purse = bench.purse(settings=daily(cents(1.5)))
    bench.reserve(purse)
    with pytest.raises(BudgetError, match=r"\$0\.00 spent, \$0\.01\d* reserved") as caught:
        bench.reserve(purse)
    assert cap_named(caught.value) > cents(2), "what is reserved may all be spent"
    assert LONGEST_WAIT_S <= bench.now < LONGEST_WAIT_S + 1


def test_the_deadline_ends_the_waiting(bench: Bench) -> None:
    purse = bench.purse(settings=daily(cents(1.5)))
    bench.reserve(purse)
    purse.deadline = 2.0
    with pytest.raises(BudgetError):
        bench.reserve(purse)
    assert 2 <= bench.now < 2.2


def test_the_reservation_of_a_process_that_is_gone_counts_as_spent(bench: Bench) -> None:
    purse = bench.purse(settings=daily(cents(1.5)))
    child = os.fork()
    if child == 0:
        bench.reserve(bench.purse(settings=daily(cents(1.5))))
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    with pytest.raises(BudgetError, match=r"\$0\.01\d* spent, \$0\.00 reserved"):
        bench.reserve(purse)
    assert bench.now == 0  # there is nobody to wait for
    [row] = ledger_rows(bench.directory)
    assert (row["status"], row["cost_basis"], row["cost_usd"]) == ("lost", "estimated", row["charge_usd"])


def test_the_last_minutes_of_a_day_count_for_it(bench: Bench) -> None:
    midnight = datetime(2026, 11, 30, tzinfo=BERLIN).timestamp()
    purse = bench.purse(settings=daily(cents(1.5)), zone=BERLIN)
    bench.reserve(purse, sent(time=midnight - 300))
    with pytest.raises(BudgetError):
        bench.reserve(purse, sent(time=midnight - 1))
    bench.reserve(purse, sent(time=midnight))


def test_caps_hold_for_what_they_name(bench: Bench) -> None:
    cap = CapSettings(daily_usd=cents(1.5))
    settings = BudgetSettings(providers={"local": cap}, profiles={"ci": cap}, tags={"team=web": cap})
    purse = bench.purse(settings=settings)
    for first, second, name in [
        (sent(), sent(), "budget.providers.local.daily_usd"),
        (sent(profile="ci"), sent(profile="ci"), "budget.profiles.ci.daily_usd"),
        (sent(tags={"team": "web"}), sent(tags={"x": "y", "team": "web"}), 'budget.tags."team=web".daily_usd'),
    ]:
        here = Bench(bench.directory / name)
        if "providers" not in name:
            settings = replace(settings, providers={})
        purse = here.purse(settings=settings)
        here.reserve(purse, first)
        if "providers" not in name:
            here.reserve(purse, sent(profile="other", tags={"team": "ios"}))  # not what the cap names
        with pytest.raises(BudgetError, match=name.replace(".", r"\.")):
            here.reserve(purse, second)


def test_tokens_are_capped_too(bench: Bench) -> None:
    purse = bench.purse(settings=BudgetSettings(daily_tokens=2500))
    for _ in range(2):
        bench.settle(purse, bench.reserve(purse), None)
    with pytest.raises(BudgetError) as caught:
        bench.reserve(purse)
    assert "2,000 tokens spent, 0 tokens reserved" in caught.value.line()
    assert "smallest cap that lets it through is 3,000 tokens;" in caught.value.line()


def test_a_command_has_a_cap_of_its_own(bench: Bench) -> None:
    for run in ("one", "two"):
        purse = bench.purse(max_cost_usd=cents(1.5))
        bench.settle(purse, bench.reserve(purse, sent(run=run)), cents(0.6))
        with pytest.raises(BudgetError, match="--max-cost is"):
            bench.reserve(purse, sent(run=run))


def test_an_unknown_price_does_not_pass_a_cap_in_dollars_unless_allowed(bench: Bench) -> None:
    purse = bench.purse(settings=daily(cents(100)))
    purse.prices = {}
    with pytest.raises(BudgetError, match="nobody knows the price of m"):
        bench.reserve(purse)
    purse.budget = replace(purse.budget, allow_unknown_price=True)
    bench.reserve(purse)
    assert [row["charge_usd"] for row in ledger_rows(bench.directory)] == [None]
    tokens_only = bench.purse(settings=BudgetSettings(daily_tokens=10_000))
    tokens_only.prices = {}
    bench.reserve(tokens_only)


def test_a_cap_without_a_ledger_is_an_error_and_no_cap_is_none(bench: Bench) -> None:
    (bench.directory / "file").touch()
    ledger = Ledger(bench.directory / "file", bench.said.append)
    with pytest.raises(BudgetError, match="cannot be checked without the ledger"):
        bench.reserve(bench.purse(ledger, settings=daily(cents(5))))
    assert bench.reserve(bench.purse(ledger)).row is None


@pytest.mark.parametrize(
    ("before", "after", "fits"),
    [
        ("2026-11-19T23:59:59+01:00", "2026-11-20T00:00:00+01:00", True),
        ("2026-11-20T00:00:00+01:00", "2026-11-20T23:59:59+01:00", False),
        ("2026-10-25T00:00:00+02:00", "2026-10-25T23:59:59+01:00", False),  # 25 hours, one day
        ("2026-10-24T23:59:59+02:00", "2026-10-25T00:00:00+02:00", True),
        ("2026-03-28T23:59:59+01:00", "2026-03-29T00:00:00+01:00", True),
        ("2026-03-29T00:00:00+01:00", "2026-03-29T23:59:59+02:00", False),
    ],
)
def test_a_new_day_is_a_new_budget(bench: Bench, before: str, after: str, fits: bool) -> None:
    purse = bench.purse(settings=daily(cents(1.5)), zone=BERLIN)
    moments = [datetime.fromisoformat(text).timestamp() for text in (before, after)]
    reserved = bench.reserve(purse, sent(time=moments[0]))
    bench.settle(purse, reserved, cents(1))
    if fits:
        bench.reserve(purse, sent(time=moments[1]))
    else:
        with pytest.raises(BudgetError):
            bench.reserve(purse, sent(time=moments[1]))


def test_a_month_outlasts_its_days(bench: Bench) -> None:
    purse = bench.purse(settings=BudgetSettings(monthly_usd=cents(1.5)), zone=BERLIN)
    first, last, next_month = (
        datetime.fromisoformat(text).timestamp()
        for text in ("2026-10-01T00:00:00+02:00", "2026-10-31T23:59:59+01:00", "2026-11-01T00:00:00+01:00")
    )
    bench.settle(purse, bench.reserve(purse, sent(time=first)), cents(1))
    with pytest.raises(BudgetError, match=r"budget\.monthly_usd"):
        bench.reserve(purse, sent(time=last))
    bench.reserve(purse, sent(time=next_month))


def test_a_warning_is_one_line_for_each_cap(bench: Bench) -> None:
    purse = bench.purse(settings=daily(cents(4)), warn_at=part_of("50%"))
    said = []
    for _ in range(3):
        bench.settle(purse, bench.reserve(purse), cents(1))
        purse.watch(sent())
        said.append(len(bench.said))
    assert said == [0, 1, 1]
    assert bench.said == ["$0.02 of budget.daily_usd $0.04 is taken"]


@pytest.mark.parametrize("text", ["80", "-1%", "much", "101%", "NaN", ""])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"budget\.warn"):
        part_of(text)


@pytest.mark.parametrize(
    ("options", "tokens"),
    [
        ({}, 1000),
        ({"max_tokens": 5000}, 5000),
        ({"max_output_tokens": 10}, 1000),
        ({"max_completion_tokens": 2000, "n": 3}, 6000),
        ({"n": "3", "max_tokens": None}, 1000),
    ],
)
def test_parameters_of_the_provider_are_part_of_the_worst_case(options: dict[str, object], tokens: int) -> None:
    assert longest_output(replace(REQUEST, options=options)) == tokens


def test_caching_can_make_input_dearer(bench: Bench) -> None:
    purse = Purse(Ledger(bench.directory, bench.said.append), budget=Budget(daily(cents(100))))
    model = PricedModel("anthropic", "anthropic", None, ("claude-haiku-5-5",))
    worst = [
        asyncio.run(purse.reserve(sent(), model, replace(REQUEST, cache=ttl), _no_count)).worst.usd
        for ttl in (None, "5m", "1h")
    ]
    assert worst[0] is not None
    assert worst[1] is not None
    assert worst[2] is not None
    assert worst[0] < worst[1] < worst[2]


async def _no_count() -> int | None:
    return None


def test_what_nobody_knows_counts_as_the_worst_case() -> None:
    worst = Charge(Decimal(3), 30)
    assert charge_of(Usage(10, 10), Decimal(1), worst) == Charge(Decimal(1), 20)
    assert charge_of(Usage(10, None), None, worst) == worst
    assert charge_of(Usage(10, 10), None, worst) == Charge(Decimal(3), 20)


def test_a_hundred_processes_stay_under_a_dollar_and_use_it(tmp_path: Path) -> None:
    """Each takes what it can get, 1.0 to 1.2 cents reserved and half a cent to one used, until it gets no more."""
    Ledger(tmp_path, print).charge_lost()  # the file is there
    children = []
    for number in range(100):
        child = os.fork()
        if child == 0:
            os._exit(_spend(tmp_path, number))
        children.append(child)
    assert {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children} == {11}
    rows = ledger_rows(tmp_path)
    assert {row["status"] for row in rows} == {"ok"}
    total = sum(Decimal(row["cost_usd"]) for row in rows)
    assert Decimal("0.95") <= total <= 1


def _spend(directory: Path, seed: int) -> int:
    draw = random.Random(seed)
    said: list[str] = []
    purse = Purse(Ledger(directory, said.append), PRICES, Budget(daily(Decimal(1))))
    request = replace(REQUEST, max_tokens=900)

    async def spend() -> int:
        while True:
            here = sent(tags={"seed": str(seed)})
            try:
                reserved = await purse.reserve(here, MODEL, request, _no_count)
            except BudgetError:
                return 1 if said else 11
            time.sleep(draw.uniform(0.001, 0.01))
            usage = Usage(draw.randint(50, 100), draw.randint(450, 900))
            usd = Decimal((usage.input_tokens or 0) + (usage.output_tokens or 0)) / 100_000
            charge = charge_of(usage, usd, reserved.worst)
            settled = Settled("ok", usage=usage, cost=Cost(usd, "measured"), charge=charge)
            purse.ledger.settle(reserved.row, here, settled)

    return asyncio.run(spend())
