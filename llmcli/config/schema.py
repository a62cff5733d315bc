"""From a setting's dotted name to its type, and from what a file or variable says to a value of that type."""

from __future__ import annotations

import difflib
import json
import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from llmcli.config.settings import Settings
from llmcli.durations import parse_duration_s
from llmcli.errors import ConfigError, UsageError

_MOST_SHOWN = 60
# Nobody means less or more, and all figures made of them stay readable.
_LEAST_USD, _MOST_USD = Decimal("1e-12"), Decimal("1e12")
_MOST = 2**63 - 1
_MORE_THAN_NOTHING = ("timeout_s", "first_token_timeout_s", "idle_timeout_s", "deadline_s", "max_tokens")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def type_of(path: tuple[str, ...]) -> Any:
    """The type of the setting at `path`, such as `("retry", "max_wait_s")`; ConfigError if there is none."""
    here: Any = Settings
    for depth, name in enumerate(path):
        if is_dataclass(here) and isinstance(here, type):
            known = _hints(here)
            if name not in known:
                raise ConfigError(_unknown(path[: depth + 1], known))
            here = known[name]
        elif get_origin(here) is dict:
            here = get_args(here)[1]
        else:
            raise ConfigError(f'"{".".join(path[:depth])}" is a single value, not a table')
    return here


def default(path: tuple[str, ...]) -> object:
    """The value of a setting that nobody set; None for one in a table of names."""
    here: object = Settings()
    for name in path:
        here = getattr(here, name, None)
    return here


def _unknown(path: tuple[str, ...], known: dict[str, Any]) -> str:
    close = difflib.get_close_matches(path[-1], known, n=1)
    where = ".".join((*path[:-1], ""))
    advice = f"did you mean {where}{close[0]}?" if close else f"known: {', '.join(sorted(known))}"
    return f'unknown setting "{".".join(path)}": {advice}'


def flatten(table: dict[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every single setting in a nested table, with its path and the value converted to its type."""
    for name, raw in table.items():
        path = (*prefix, name)
        kind = type_of(path)
        if is_dataclass(kind) or get_origin(kind) is dict:
            if not isinstance(raw, dict):
                raise ConfigError(f'"{".".join(path)}" must be a table, not {_shown(raw)}')
            yield from flatten(raw, path)
        else:
            yield path, convert(path, raw)


def scalar_paths() -> Iterator[tuple[str, ...]]:
    """The paths of all single settings whose names are known beforehand (not those in tables of names)."""
    yield from _scalars(Settings, ())


def paths_by_name() -> dict[str, tuple[str, ...]]:
    """The same by the names that flags and keywords have: `redact_kinds` is `redact.kinds`."""
    return {"_".join(path): path for path in scalar_paths()}


def fields_of_table(table: str) -> tuple[str, ...]:
    """The settings that each entry of a table of names has, such as those of one provider."""
    entry = get_args(type_of((table,)))[1]
    return tuple(item.name for item in fields(entry) if get_origin(_hints(entry)[item.name]) is not dict)


def _scalars(cls: type, prefix: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, kind in _hints(cls).items():
        if is_dataclass(kind) and isinstance(kind, type):
            yield from _scalars(kind, (*prefix, name))
        elif get_origin(kind) is not dict:
            yield (*prefix, name)


def convert(path: tuple[str, ...], raw: object) -> object:
    """`raw` as a value of the setting's type; a string is parsed, as environment variables are strings."""
    kind = type_of(path)
    options = [option for option in _union(kind) if option is not type(None)]
    try:
        return _as(options[0], raw, path[-1])
    except (ValueError, ArithmeticError, RecursionError, UsageError) as error:
        wanted, shown = _describe(options[0]), _shown(raw)
        # A reason repeats the value, which may be endless.
        reason = f": {error.line()}" if isinstance(error, UsageError) and not shown.endswith("…") else ""
        raise ConfigError(f'"{".".join(path)}" must be {wanted}, not {shown}{reason}') from error


def _shown(raw: object) -> str:
    """`raw` for a message: as JSON, and not much of it."""
    try:
        text = json.dumps(raw, default=str)
    except ValueError:  # a number of more digits than Python writes
        text = hex(raw) if isinstance(raw, int) else f"a {type(raw).__name__} with a number of too many digits"
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _union(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _as(kind: Any, raw: object, name: str) -> object:
    if get_origin(kind) is tuple:
        return _strings(raw)
    if get_origin(kind) is Literal:
        if raw not in get_args(kind):
            raise ValueError
        return raw
    if kind in (int, float, Decimal):
        seconds = kind is float and name.endswith("_s") and isinstance(raw, str)
        value = parse_duration_s(str(raw)) if seconds else _number(kind, raw)
        if kind is Decimal and value and not _LEAST_USD <= Decimal(str(value)) <= _MOST_USD:
            raise UsageError(f"dollars are between {_LEAST_USD} and {_MOST_USD}, or 0")
        if kind is int and value > _MOST:
            raise UsageError(f"the most is {_MOST}")
        if value == 0 and name in _MORE_THAN_NOTHING:
            raise UsageError("it must be more than 0")
        return value
    if not isinstance(raw, str):
        raise ValueError  # noqa: TRY004 - one error type for every wrong value
    return _path(raw) if kind is Path else _text(raw)


def _text(raw: str) -> str:
    """`raw`, which goes to a server: bytes that are no UTF-8, as a variable may have them, would not arrive."""
    raw.encode()  # its UnicodeEncodeError is a ValueError
    return raw


def _path(raw: str) -> Path:
    try:
        return Path(raw).expanduser()
    except RuntimeError as error:
        raise ValueError from error  # the home directory of nobody: ~nobody/file


def _number(kind: Any, raw: object) -> Any:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueError  # noqa: TRY004 - one error type for every wrong value
    if kind is int and isinstance(raw, float):
        raise ValueError
    value = kind(str(raw)) if kind is Decimal else kind(raw)
    if value != value or value < 0 or value in (float("inf"), Decimal("Infinity")):
        raise ValueError
    return value


def _strings(raw: object) -> tuple[str, ...]:
    if isinstance(raw, str):
        raw = json.loads(raw) if raw.startswith("[") else [item for item in raw.split(",") if item]
    if not isinstance(raw, list | tuple) or not all(isinstance(item, str) for item in raw):
        raise ValueError
    return tuple(_text(item) for item in raw)


def _describe(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "a list of strings"
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    names = {int: "a whole number", float: "a number", Decimal: "an amount", Path: "a path", str: "text"}
    return names[kind]
