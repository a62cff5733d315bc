"""What may be spent: the caps of `[budget]` and `--max-cost` that hold for a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import MAX_PREC, ROUND_CEILING, Decimal, InvalidOperation, localcontext

from llmcli.config.settings import BudgetSettings, CapSettings
from llmcli.errors import BudgetError, ConfigError
from llmcli.ledger import Cap, OverCapError, Sent, Total
from llmcli.periods import day_of, month_of

_CENT = Decimal("0.01")
_ALWAYS = 1e12  # seconds since 1970: later than any call


@dataclass(frozen=True)
class Budget:
    """The settings that cap spending. Days and months are those of `zone`; None is the machine's own."""

    settings: BudgetSettings = field(default_factory=BudgetSettings)
    zone: tzinfo | None = None
    max_cost_usd: Decimal | None = None
    allow_unknown_price: bool = False
    warn_at: Decimal | None = None  # the part of a cap, as a fraction, from which on it is said

    def caps(self, sent: Sent) -> tuple[Cap, ...]:
        """Every cap that an attempt has to fit under."""
        scopes = {"", f"provider:{sent.provider}", *(f"tag:{key}={value}" for key, value in sent.tags.items())}
        if sent.profile is not None:
            scopes.add(f"profile:{sent.profile}")
        caps = [cap for cap in self.all_caps(sent.time) if cap.scope in scopes]
        if self.max_cost_usd is not None:
            caps.append(Cap("--max-cost", f"run:{sent.run}", "usd", self.max_cost_usd, 0, _ALWAYS))
        return tuple(caps)

    def all_caps(self, now: float) -> Iterator[Cap]:
        """Every cap in the settings, for the day and the month of `now`."""
        settings = self.settings
        yield from self._of("budget", "", settings, now)
        for name, caps in settings.providers.items():
            yield from self._of(f"budget.providers.{name}", f"provider:{name}", caps, now)
        for name, caps in settings.profiles.items():
            yield from self._of(f"budget.profiles.{name}", f"profile:{name}", caps, now)
        for name, caps in settings.tags.items():
            yield from self._of(f'budget.tags."{name}"', f"tag:{name}", caps, now)

    def _of(self, name: str, scope: str, caps: CapSettings, now: float) -> Iterator[Cap]:
        if caps.daily_usd is None and caps.monthly_usd is None and caps.daily_tokens is None:
            return
        day, month = day_of(now, self.zone), month_of(now, self.zone)
        if caps.daily_usd is not None:
            yield Cap(f"{name}.daily_usd", scope, "usd", caps.daily_usd, day.since, day.until)
        if caps.monthly_usd is not None:
            yield Cap(f"{name}.monthly_usd", scope, "usd", caps.monthly_usd, month.since, month.until)
        if caps.daily_tokens is not None:
            yield Cap(f"{name}.daily_tokens", scope, "tokens", Decimal(caps.daily_tokens), day.since, day.until)


def part_of(text: str | None) -> Decimal | None:
    """The fraction that `80%` or `0.8` is. Raises ConfigError."""
    if text is None:
        return None
    try:
        part = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        if 0 <= part <= 1:
            return part
    except InvalidOperation:
        pass  # not a number at all: no better than one that is out of range
    raise ConfigError(f'budget.warn "{text}" is not a part of a budget', hint="write it like 80%")


def over_cap(error: OverCapError) -> BudgetError:
    """The error for the user: which cap, what is taken, and the smallest one that would do."""
    total, cap = error.total, error.total.cap
    enough = total.taken + error.needed
    return BudgetError(
        f"this call can take up to {amount(cap, error.needed)}, and {cap.name} is {amount(cap, cap.limit)}: "
        f"{amount(cap, total.spent)} spent, {amount(cap, total.reserved)} reserved by running calls",
        hint=f"the smallest cap that lets it through is {amount(cap, enough)}; a lower --max-tokens takes less",
    )


def near_cap(total: Total) -> str:
    """What `--budget-warn` says."""
    cap = total.cap
    return f"{amount(cap, total.taken)} of {cap.name} {amount(cap, cap.limit)} is taken"


def amount(cap: Cap, number: Decimal) -> str:
    """Dollars exactly, or tokens."""
    return f"{int(number):,} tokens" if cap.unit == "tokens" else f"${_cents(number):f}"


def _cents(usd: Decimal) -> Decimal:
    """At least two decimals, as dollars are written, and as many as it takes."""
    cents = _rounded(usd, _CENT)
    return cents if usd == cents else usd.normalize()


def _rounded(usd: Decimal, unit: Decimal) -> Decimal:
    """`usd` in whole units, rounded up, however large it is."""
    with localcontext(prec=MAX_PREC):
        return usd.quantize(unit, ROUND_CEILING)
