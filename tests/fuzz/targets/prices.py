"""Price tables: `[prices]` and the snapshot's lookup. A cost is exact or unknown, and never above the worst case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, Literal

from llmcli.config.settings import PriceSettings
from llmcli.errors import ExitCode
from llmcli.messages import Usage
from llmcli.models import known_models
from llmcli.pricing import PricedModel, cost_of, rates_of, worst_case

from .. import mutate
from ..campaign import Target
from ..program import Program, check, strict_json
from ..settings import WRONG
from ..wire import configured

_WHOLE = 0.04
_FIELDS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_AMOUNTS = ("0", "1", "0.10", '"0.000001"', "15.0", "1e6", '"1e12"', '"1e-12"', f"0.{'1234567890' * 4}")
_ODD_AMOUNTS = ('"1e999999"', '"1e-999999"', '"1E+30"', '"1e13"', '"1e-13"', f'"0.{"3" * 5000}"', f"{'9' * 60}", '"-0"')
_NAMES = ("m", "local/m", "claude-haiku-5-5", "gpt-6-luna", 'x"y', "größe", "\t", "a/b/c", "")
_PROVIDERS = ("anthropic", "openai", "local", "sim", "azure", "", "x" * 300, "\x00")
_ADDRESSES = (None, "https://api.anthropic.com", "https://api.openai.com/v1", "http://127.0.0.1:1", "https://x.azure.com",
              "http://[", "", "\x00", "https://" + "a" * 5000, "https://openrouter.ai/api/v1")  # fmt: skip
_TIERS = (None, None, "auto", "priority", "flex", "batch", "x", "", "\ud800")
_COUNTS = (None, 0, 1, 999, 100_000, 100_001, 200_001, 10**9, 10**15)
_CODES = (ExitCode.OK, ExitCode.USAGE, ExitCode.CONFIG, ExitCode.BUDGET, ExitCode.TRUNCATED)


@dataclass(frozen=True)
class Lookup:
    """A question about prices."""

    model: PricedModel
    usage: Usage
    prices: Mapping[str, PriceSettings] = field(default_factory=dict)
    processing: Literal["standard", "batch"] = "standard"
    service_tier: str | None = None
    at: float | None = None


@dataclass(frozen=True)
class Case:
    """A question, or a command with a configuration."""

    lookup: Lookup | None
    toml: str = ""
    command: tuple[str, ...] = ()
    right: bool = False


class Prices(Target):
    """`[prices]`, `cost prices`, `cost estimate`, and the lookup behind them."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known = [(each.provider, each.name) for each in known_models()]

    def case(self, random: Random) -> Case:
        if random.random() >= _WHOLE:
            return Case(self._lookup(random))
        right = random.random() < 0.4
        return Case(None, _tables(random, right=right), self._command(random), right)

    def _lookup(self, random: Random) -> Lookup:
        provider, name = random.choice(self._known)
        if random.random() < 0.4:
            name = mutate.changed(random, name.encode()).decode("utf-8", "replace")[:3000]
        if random.random() < 0.3:
            provider = random.choice(_PROVIDERS)
        kind = {"anthropic": "anthropic", "sim": "sim"}.get(provider, "openai")
        names = tuple(dict.fromkeys((name, random.choice(_NAMES))))
        prices = {random.choice((*_NAMES, name, f"{provider}/{name}")): _price(random)} if random.random() < 0.4 else {}
        at = random.choice((None, None, 0.0, 1.7e9, 1.9e9, 4e9, 1_762_000_000.5))
        processing: Literal["standard", "batch"] = "batch" if random.random() < 0.2 else "standard"
        model = PricedModel(provider, kind, random.choice(_ADDRESSES), names)
        return Lookup(model, _usage(random), prices, processing, random.choice(_TIERS), at)

    def _command(self, random: Random) -> tuple[str, ...]:
        provider, name = random.choice(self._known)
        own = ("responses/m", "responses/gpt-4o")
        model = random.choice((name, f"{provider}/{name}", "sim", "claude-haiku-5-5", *own))
        tokens = [str(random.choice((0, 1, 5000, 200_001, 10**9, 10**18, 10**30))) for _ in range(2)]
        times = str(random.choice((1, 7, 1000, 10**12, 10**25)))
        per = random.choice(((), ("--per", "hour"), ("--per", "day"), ("--per", "month")))
        counts = ("--input-tokens", tokens[0], "--output-tokens", tokens[1], "--calls", times)
        cached = ("--cached-tokens", tokens[1]) if random.random() < 0.3 else ()
        json = ("--json",) if random.random() < 0.6 else ()
        return random.choice((
            ("cost", "prices", *json),
            ("cost", "prices", "-m", model, *json),
            ("cost", "estimate", "-m", model, *counts, *per, *cached, *json),
            ("cost", "estimate", "-m", model, "-m", "sim", *counts, *per, *json),
            ("ask", "-n", "-m", "sim", "--max-cost", random.choice(("0", "1", "1e30", "0.0000001")), "hi"),
            ("cost", "report", *json),
        ))  # fmt: skip

    def check(self, case: Case) -> None:
        if case.lookup is not None:
            _check(case.lookup)
            return
        self._program.config.write_text(configured() + case.toml, encoding="utf-8")
        done = self._program.run(*case.command)
        check(done, _CODES, notes=True)
        assert not case.right or done.code is not ExitCode.CONFIG or b"price" in done.err, done.err
        assert len(done.out) < 300_000, f"{len(done.out)} bytes of output"
        if "--json" in case.command and done.out:
            for line in done.out.decode().splitlines():
                strict_json(line)


def _check(asked: Lookup) -> None:
    how: dict[str, Any] = {"processing": asked.processing, "service_tier": asked.service_tier, "at": asked.at}
    cost = cost_of(asked.model, asked.usage, asked.prices, **how)
    assert (cost.usd is None) == (cost.basis == "unknown") == (cost.prices is None)
    if cost.usd is None:
        return
    assert cost.usd.is_finite()
    assert cost.usd >= 0
    usage = asked.usage
    assert usage.input_tokens is not None
    assert usage.output_tokens is not None
    rates = rates_of(asked.model, asked.prices, **how)
    assert rates is not None
    assert rates.price(usage) == cost.usd
    most = worst_case(asked.model, usage.input_tokens, usage.output_tokens, asked.prices, cache="1h", **how)
    assert most is not None
    # Reading a cache is not dearer than what is sent fresh; where a table says so, it says what nobody bills.
    if not usage.cache_read_tokens:
        assert most >= cost.usd, f"{cost.usd} is more than the worst case, {most}"


def _usage(random: Random) -> Usage:
    counts = [random.choice(_COUNTS) for _ in range(6)]
    if random.random() < 0.7:  # parts that are not more than the whole
        sent, written = random.choice(_COUNTS[1:]), random.choice(_COUNTS[1:])
        assert sent is not None
        assert written is not None
        read, cached = random.choice((0, sent // 3)), random.choice((0, sent // 2))
        counts = [sent, written, read, cached, random.choice((0, written)), random.choice((0, cached))]
    return Usage(*counts)


def _price(random: Random) -> PriceSettings:
    amounts = (None, *map(Decimal, ("0", "0.10", "15", "1e-12", "1e12")))
    return PriceSettings(*(random.choice(amounts) for _ in _FIELDS))


def _tables(random: Random, *, right: bool) -> str:
    text = ""
    for name in random.sample(_NAMES[:4], random.randint(1, 3)):
        text += f'[prices."{name}"]\n'
        for each in random.sample(_FIELDS, random.randint(1, 5)):
            text += f"{each} = {random.choice(_AMOUNTS if right else (*_AMOUNTS, *_ODD_AMOUNTS, *WRONG))}\n"
    return text
