"""Caps on what may be spent, checked against what all processes have spent and reserved."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from llmcli.ledger.charges import QUARTER_S
from llmcli.ledger.entry import Charge
from llmcli.ledger.money import from_pico


@dataclass(frozen=True)
class Cap:
    """A limit on what `scope` takes from `since` until `until`, both in seconds since 1970.

    `name` is the setting or flag; scopes are those of the ledger's table `charges`.
    """

    name: str
    scope: str
    unit: Literal["usd", "tokens"]
    limit: Decimal
    since: float
    until: float


@dataclass(frozen=True)
class Total:
    """What a cap has to hold against: `spent` is final, `reserved` is the most that running attempts can take."""

    cap: Cap
    spent: Decimal
    reserved: Decimal

    @property
    def taken(self) -> Decimal:
        return self.spent + self.reserved


class OverCapError(Exception):
    """An attempt of `needed` would pass a cap; `final` if it would even if all others took nothing."""

    def __init__(self, total: Total, needed: Decimal) -> None:
        super().__init__(total.cap.name)
        self.total = total
        self.needed = needed
        self.final = total.spent + needed > total.cap.limit


class UnknownPriceError(Exception):
    """An attempt whose price nobody knows cannot be held against a cap in dollars."""

    def __init__(self, cap: Cap) -> None:
        super().__init__(cap.name)
        self.cap = cap


def check(connection: sqlite3.Connection, caps: tuple[Cap, ...], charge: Charge, *, unpriced: bool) -> None:
    """Raise OverCapError or UnknownPriceError unless all caps leave room. `unpriced` allows what has no price."""
    for cap in caps:
        needed = charge.usd if cap.unit == "usd" else Decimal(charge.tokens)
        if needed is None:
            if unpriced:
                continue
            raise UnknownPriceError(cap)
        taken = _taken(connection, cap)
        if taken + needed > cap.limit:
            raise OverCapError(total(connection, cap), needed)


def total(connection: sqlite3.Connection, cap: Cap) -> Total:
    """What is spent and reserved of a cap."""
    taken, reserved = _taken(connection, cap), _reserved(connection, cap)
    return Total(cap, taken - reserved, reserved)


def _taken(connection: sqlite3.Connection, cap: Cap) -> Decimal:
    column = "picousd" if cap.unit == "usd" else "tokens"
    sql = f"SELECT coalesce(sum({column}), 0) FROM charges WHERE scope = ? AND quarter >= ? AND quarter < ?"
    quarters = int(cap.since // QUARTER_S), -int(-cap.until // QUARTER_S)
    return _amount(cap, connection.execute(sql, (cap.scope, *quarters)).fetchone()[0])


def _reserved(connection: sqlite3.Connection, cap: Cap) -> Decimal:
    column = "charge_picousd" if cap.unit == "usd" else "charge_tokens"
    kind, _, name = cap.scope.partition(":")
    matches = {
        "": "? = ''",
        "provider": "provider = ?",
        "profile": "profile = ?",
        "run": "run = ?",
        "tag": "EXISTS (SELECT 1 FROM json_each(tags) WHERE key || '=' || value = ?)",
    }
    sql = (
        f"SELECT coalesce(sum({column}), 0) FROM attempts WHERE status = 'sent'"
        f" AND time >= ? AND time < ? AND {matches[kind]}"
    )
    return _amount(cap, connection.execute(sql, (cap.since, cap.until, name)).fetchone()[0])


def _amount(cap: Cap, number: int) -> Decimal:
    return from_pico(number) if cap.unit == "usd" else Decimal(number)
