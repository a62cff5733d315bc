"""What can be hidden, as it is named on the command line."""

from __future__ import annotations

from typing import Literal, get_args

from llmcli.errors import UsageError

Kind = Literal["email", "phone", "card", "iban", "ip", "secret"]
ALL_KINDS: tuple[Kind, ...] = get_args(Kind)


def parse_kinds(text: str) -> frozenset[Kind]:
    """The kinds that `text` lists, separated by commas; `all` is every one. Raises UsageError."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError("no kind of data to redact is named", hint=_choices())
    known: dict[str, Kind] = {kind: kind for kind in ALL_KINDS}
    for name in names:
        if name != "all" and name not in known:
            raise UsageError(f'cannot redact "{name}"', hint=_choices())
    return frozenset(ALL_KINDS) if "all" in names else frozenset(known[name] for name in names)


def _choices() -> str:
    return f"choose from {', '.join(ALL_KINDS)}, all"
