"""What the tokens of a model cost, and what that makes for one call. All arithmetic on prices is here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from llmcli.messages import Usage

PER_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Rate:
    """USD per million tokens: `base`, or the price of the last of `tiers` whose start the input exceeds.

    A tier is (input tokens, price). It holds for the whole call, not only for the tokens beyond its start:
    so both vendors bill long prompts.
    """

    base: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def at(self, input_tokens: int) -> Decimal:
        """The price in a call that sends so many tokens, cached ones included."""
        return next((price for start, price in reversed(self.tiers) if input_tokens > start), self.base)

    def times(self, factor: Decimal) -> Rate:
        return Rate(self.base * factor, tuple((start, price * factor) for start, price in self.tiers))


@dataclass(frozen=True)
class Rates:
    """The prices of one model; `source` names the table. Where one is None, the tokens cost what others do:

    cached input as input, one-hour cache writes as other cache writes, reasoning as output.
    """

    source: str
    input: Rate
    output: Rate
    cache_read: Rate | None = None
    cache_write: Rate | None = None
    cache_write_1h: Rate | None = None
    reasoning: Rate | None = None
    per_call: Decimal = Decimal(0)  # USD on top, whatever is sent

    def price(self, usage: Usage) -> Decimal | None:
        """USD of one call; None if the counts are missing or contradict each other."""
        sent, written = usage.input_tokens, usage.output_tokens
        if sent is None or written is None:
            return None
        read, cached = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
        hour, thought = usage.cache_write_1h_tokens or 0, usage.reasoning_tokens or 0
        if self.reasoning is None:
            thought = 0  # part of the output in any case: only what has a price of its own is told apart
        parts = (
            (sent - read - cached, self.input),
            (read, self.cache_read or self.input),
            (cached - hour, self.cache_write or self.input),
            (hour, self.cache_write_1h or self.cache_write or self.input),
            (written - thought, self.output),
            (thought, self.reasoning or self.output),
        )
        if any(tokens < 0 for tokens, _ in parts):
            return None
        return sum((tokens * rate.at(sent) for tokens, rate in parts), Decimal(0)) / PER_MILLION + self.per_call

    def most(self, input_tokens: int, output_tokens: int, *, writes: bool, writes_1h: bool) -> Decimal:
        """USD of the dearest call of that size: every token of the dearest kind that it can be.

        `writes` and `writes_1h` say which kinds of cache writes there can be.
        """
        kinds = [self.input, self.cache_write if writes else None, self.cache_write_1h if writes_1h else None]
        dearest_in = max(rate.at(input_tokens) for rate in kinds if rate is not None)
        dearest_out = max(rate.at(input_tokens) for rate in (self.output, self.reasoning) if rate is not None)
        return (input_tokens * dearest_in + output_tokens * dearest_out) / PER_MILLION + self.per_call

    def times(self, factor: Decimal) -> Rates:
        """The same with every price of a token multiplied, as for a batch."""
        names = ("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning")
        known = {name: rate for name in names if (rate := getattr(self, name)) is not None}
        return replace(self, **{name: rate.times(factor) for name, rate in known.items()})


FREE = Rates("sim", Rate(Decimal(0)), Rate(Decimal(0)))
"""The simulator's."""
