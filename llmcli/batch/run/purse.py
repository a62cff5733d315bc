"""The purse of a job: it reserves through the books, so that many rows share a transaction."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from llmcli.batch.run.books import Books
from llmcli.ledger import Cap, Charge, OverCapError, Sent
from llmcli.messages import Request
from llmcli.pricing import PricedModel
from llmcli.purse import UNKNOWN_CHARGE, Count, Purse, Reserved
from llmcli.tokens import upper_bound


def call_id(run: str, row: int) -> str:
    """What the ledger calls all attempts of a row; the purse finds the row in it."""
    return f"{run}-{row}"


@dataclass
class BookedPurse(Purse):
    """`books` is what reserving is written into; it is set after the purse was made."""

    books: Books = field(kw_only=True)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def reserve(self, sent: Sent, model: PricedModel, request: Request, count: Count) -> Reserved:
        """As every purse does; but only one row at a time waits for room, and counts its tokens for that."""
        caps = self.budget.caps(sent)
        worst = self._worst(model, request, upper_bound(request))
        if not caps:
            row = await self._written(sent, worst, UNKNOWN_CHARGE, caps)
            return Reserved(row, UNKNOWN_CHARGE)
        try:
            return await self._begin(sent, request, worst, caps)
        except OverCapError:
            async with self._turn:
                return await super().reserve(sent, model, request, count)

    async def _recorded(self, sent: Sent, worst: Charge, caps: tuple[Cap, ...]) -> int | None:
        return await self._written(sent, worst, worst, caps)

    async def _written(self, sent: Sent, worst: Charge, charge: Charge, caps: tuple[Cap, ...]) -> int | None:
        row = int(sent.call_id.rpartition("-")[2])
        unpriced = self.budget.allow_unknown_price
        return await self.books.open(row, sent, worst.usd, charge, caps, unpriced=unpriced)
