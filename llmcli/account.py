"""The books of one attempt: its ledger row, what arrived of the answer, what that cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from llmcli.config.settings import PriceSettings
from llmcli.errors import InterruptedRunError, LlmcliError, one_line
from llmcli.ledger import NO_CHARGE, Ledger, Sent, Settled
from llmcli.messages import Cost, Delta, Reply, Request, Started, StopReason, Usage
from llmcli.pricing import PricedModel, cost_of
from llmcli.providers.base import Endpoint
from llmcli.purse import Reserved, asked_tier, charge_of
from llmcli.render import Outcome
from llmcli.tokens import estimate_tokens


class Account:
    """Of the row that was `reserved` in the ledger; one of the `settle…` methods completes it.

    A stream's text is kept only if `keep_text`, so that a long one takes no memory.
    """

    def __init__(
        self,
        ledger: Ledger,
        prices: Mapping[str, PriceSettings],
        endpoint: Endpoint,
        sent: Sent,
        request: Request,
        reserved: Reserved,
        clock: Callable[[], float],
        keep_text: bool = True,
    ) -> None:
        self.sent = sent
        self.request = request
        self._ledger = ledger
        self._prices = prices
        self._endpoint = endpoint
        self._clock = clock
        self._keep_text = keep_text
        self._begun = Started()
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._characters = 0
        self._first_delta_at: float | None = None
        self._reserved = reserved
        self._sent_at = clock()

    def take(self, event: Started | Delta) -> None:
        """Note a piece of a streamed answer."""
        if isinstance(event, Started):
            self._begun = replace(
                event,
                model=self._shown(event.model),
                request_id=self._shown(event.request_id),
                service_tier=self._shown(event.service_tier),
            )
            return
        if self._first_delta_at is None:
            self._first_delta_at = self._clock()
        self._characters += len(event.text)
        if self._keep_text:
            (self._text if event.kind == "text" else self._reasoning).append(event.text)

    def completed(self, last: Reply) -> Reply:
        """A stream's last event, with the text that came before it.

        A stream that ended early may not have said what it used: that is estimated by `settle`.
        """
        return replace(last, text="".join(self._text), reasoning="".join(self._reasoning))

    def checked(self, reply: Reply) -> Reply:
        """`reply` with what a server says of itself as it may be shown and recorded: it knows our key."""
        return replace(
            reply,
            model=self._shown(reply.model),
            request_id=self._shown(reply.request_id),
            raw_stop_reason=self._shown(reply.raw_stop_reason),
            service_tier=self._shown(reply.service_tier),
        )

    def _shown(self, words: str | None) -> str | None:
        return None if words is None else self._endpoint.mask(one_line(words))

    def settle(self, reply: Reply, error: LlmcliError | None) -> Outcome:
        """Price what arrived and complete the ledger row."""
        estimated = reply.stop_reason is StopReason.INCOMPLETE and reply.usage.output_tokens is None
        if estimated and self._characters:
            reply = replace(reply, usage=self._estimated_usage())
        cost = self._cost(reply, reply.usage, estimated=estimated)
        took_s = self._clock() - self._sent_at
        ttft_s = None if self._first_delta_at is None else self._first_delta_at - self._sent_at
        settled = Settled(
            status=_status(error),
            model_resolved=reply.model,
            http_status=error.status if error else None,
            stop_reason=reply.stop_reason.value,
            service_tier=reply.service_tier,
            usage=reply.usage,
            cost=cost,
            charge=charge_of(reply.usage, cost.usd, self._reserved.worst),
            latency_ms=_milliseconds(took_s),
            ttft_ms=None if ttft_s is None else _milliseconds(ttft_s),
            tokens_per_second=_tokens_per_second(reply.usage.output_tokens, took_s, ttft_s),
            request_id=reply.request_id,
        )
        self._ledger.settle(self._reserved.row, self.sent, settled)
        return replace(
            self._outcome(error),
            reply=reply,
            cost=cost,
            ttft_ms=settled.ttft_ms,
            tokens_per_second=settled.tokens_per_second,
            cache_saved_usd=self._saved_by_cache(reply, cost),
        )

    def settle_partial(self, error: LlmcliError) -> Outcome:
        """Account for an answer that broke off."""
        if self._first_delta_at is None:
            self.settle_failure(error)
            return self._outcome(error)
        known = {name: getattr(self._begun, name) for name in ("model", "request_id", "service_tier")}
        last = Reply("", StopReason.INCOMPLETE, **known)
        return self.settle(self.completed(last), error)

    def settle_failure(self, error: LlmcliError) -> None:
        """Complete the ledger row of an attempt that brought nothing."""
        took_ms = _milliseconds(self._clock() - self._sent_at)
        settled = Settled(
            _status(error),
            http_status=error.status,
            charge=self._reserved.worst if error.may_have_cost else NO_CHARGE,
            latency_ms=took_ms,
            request_id=error.request_id,
        )
        self._ledger.settle(self._reserved.row, self.sent, settled)

    def _cost(self, reply: Reply, usage: Usage, *, estimated: bool = False) -> Cost:
        model = priced(self._endpoint, self.request, reply.model)
        tier = reply.service_tier or asked_tier(self.request)
        return cost_of(model, usage, self._prices, estimated=estimated, service_tier=tier)

    def _saved_by_cache(self, reply: Reply, cost: Cost) -> Decimal | None:
        """What the same tokens would have cost on top without a cache."""
        if cost.usd is None or not (reply.usage.cache_read_tokens or reply.usage.cache_write_tokens):
            return None
        uncached = replace(reply.usage, cache_read_tokens=0, cache_write_tokens=0, cache_write_1h_tokens=0)
        full = self._cost(reply, uncached)
        return None if full.usd is None else full.usd - cost.usd

    def _outcome(self, error: LlmcliError | None) -> Outcome:
        return Outcome(self.sent.command, self.sent.model, self.sent.provider, error=error)

    def _estimated_usage(self) -> Usage:
        """What was sent as the provider counted it, or estimated like what arrived."""
        known = self._begun.usage
        asked = sum(len(message.text) for message in self.request.messages) + len(self.request.system or "")
        sent = estimate_tokens(asked) if known.input_tokens is None else known.input_tokens
        return replace(known, input_tokens=sent, output_tokens=estimate_tokens(self._characters))


def priced(endpoint: Endpoint, request: Request, answered: str | None = None) -> PricedModel:
    """The model whose price counts: as it was asked for and, once known, as it answered."""
    names = tuple(name for name in (request.model, answered) if name)
    return PricedModel(endpoint.name, endpoint.kind, endpoint.base_url, names)


def _status(error: LlmcliError | None) -> str:
    """The ledger's word for how an attempt ended."""
    if error is None:
        return "ok"
    return "interrupted" if isinstance(error, InterruptedRunError) else error.kind


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _tokens_per_second(tokens: int | None, took_s: float, ttft_s: float | None) -> float | None:
    """Speed of writing, which begins with the first token; unknown for an answer that was not streamed."""
    if tokens is None or ttft_s is None or took_s <= ttft_s:
        return None
    return round(tokens / (took_s - ttft_s), 1)
