"""Configuration documents, right by construction or wrong in one place."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args, get_origin

from llmcli.config import schema

_TABLES = {
    "providers": ("kind", "base_url", "api", "rpm", "tpm", "models", "headers"),
    "prices": ("input", "output", "cache_read", "cache_write", "cache_write_1h"),
}
_NAMES = ("local", "a-b", "my.model", "x y", "größe", "a/b", "gpt-6-luna", "0", "ci", 'q"', "\t", "sim2", "\U0001f600")
_TEXTS = ("x", "claude-haiku-5-5", "sim", "", "a b", "é", "\U0001f600", "\x1b[0m", '"', "\\", "#", "a\nb", "80%", "UTC")
_NUMBERS = ("1", "2", "60", "4096", "1_000", "0x10", "0o7", "9007199254740993")
_SECONDS = ("1", "0.5", "30.0", '"1m"', '"90s"', '"2h"', "1e3", '"0.5"')
_AMOUNTS = ("0", "1.25", '"0.10"', "5", '"1e-6"', "100.0")
# Read from or written to, or more than a type: what is right for them is a matter of other tests.
_LEFT_OUT = ("profile", "state_dir", "usage_log", "key_cmd", "key_file")

_SCALARS = tuple(schema.scalar_paths())

# As TOML has them, some of them not even that.
WRONG = (
    *("inf", "-inf", "nan", "+nan", "-1", "-0", "0", "0.0", "1e400", "1e-400", "9" * 400, "9" * 5000, "1.5", "true"),
    *("1979-05-27T07:32:00Z", "07:32:00", "1979-05-27", "9999-12-31T23:59:60Z", "0000-00-00", "[]", "{}", "[[]]"),
    *('[1, "a"]', "[true]", "{a = 1}", '{a = {b = "c"}}', '["a", "b"]', '""', '" "', "'x'", '"""a\nb"""', "'''\n'''"),
    *('"\\u0000"', '"\\ud800"', '"\\U0010ffff"', '"~nobody/x"', '"a" "b"', "x", "", '"', "=", "0b2", "1__0", '"1 h"'),
    *(
        '"-1s"',
        '"1e309"',
        '"nan"',
        '"inf"',
        '"Infinity"',
        '"9e999999"',
        '"NaN"',
        '"sNaN"',
        '"1_0"',
        '"\u0661"',
        '"[1]"',
    ),
    *('"[' + "[" * 3000 + '"', '"[\\"a\\"]"', "[" * 3000, "[" * 90 + "]" * 90, "{a=" * 500, f'"{"x" * 100_000}"'),
    *('"http://[::1"', '"file:///x"', '"http://"', '"Europe/Berlin"', '"../x"', '"/"', '"\\r\\n"', '"\\u202e"'),
)


@dataclass(frozen=True)
class Setting:
    """One setting, as TOML has its value and as `config show --json` shows it."""

    path: tuple[str, ...]
    toml: str
    shown: object


def valid_document(random: Random) -> tuple[Setting, ...]:
    """A few settings with values of their types, each once."""
    found: dict[tuple[str, ...], Setting] = {}
    for _ in range(random.randint(0, 8)):
        path = _path(random)
        if path[-1] not in _LEFT_OUT:
            found[path] = _setting(random, path)
    return tuple(found.values())


def text_of(settings: tuple[Setting, ...]) -> str:
    """The settings as TOML, one table after the other."""
    tables: dict[tuple[str, ...], list[str]] = {(): []}
    for each in settings:
        tables.setdefault(each.path[:-1], []).append(f"{_key(each.path[-1])} = {each.toml}\n")
    lines = []
    for path, entries in tables.items():
        lines += [f"[{'.'.join(map(_key, path))}]\n"] if path else []
        lines += entries
    return "".join(lines)


def wrong_document(random: Random, settings: tuple[Setting, ...]) -> str:
    """The same with something in it that is not what it should be."""
    settings = settings or (Setting(("model",), '"sim"', "sim"),)
    at = random.randrange(len(settings))
    broken = settings[at]
    match random.randrange(6):
        case 0 | 1 | 2:
            broken = replace(broken, toml=random.choice(WRONG))
        case 3:
            broken = replace(broken, path=(*broken.path, random.choice(("x", "", "model", *_NAMES))))
        case 4:
            name = random.choice(("modle", "timeout", "", "\x00", "profiles"))
            broken = replace(broken, path=(*broken.path[:-1], name))
        case _:
            broken = replace(broken, path=("profiles", random.choice(_NAMES), *broken.path))
    text = text_of((*settings[:at], broken, *settings[at + 1 :]))
    return text + text_of((broken,)) if random.random() < 0.1 else text


def _path(random: Random) -> tuple[str, ...]:
    kind = random.randrange(5)
    if kind < 3:
        return random.choice(_SCALARS)
    if kind == 3:
        table = random.choice(list(_TABLES))
        field = random.choice(_TABLES[table])
        entry = (table, random.choice(_NAMES), field)
        return (*entry, random.choice(("X-Team", "a"))) if field == "headers" else entry
    if random.random() < 0.5:
        return ("aliases", random.choice(_NAMES))
    scope = random.choice(("providers", "profiles", "tags"))
    return ("budget", scope, random.choice(_NAMES), random.choice(("daily_usd", "monthly_usd", "daily_tokens")))


def _setting(random: Random, path: tuple[str, ...]) -> Setting:
    option = next(each for each in schema._union(schema.type_of(path)) if each is not type(None))
    toml = _VALUES[get_origin(option) or option](random, option)
    if option is float and not path[-1].endswith("_s"):  # which is no time
        toml = random.choice(("0.5", "1", "0.25"))
    value = schema.convert(path, tomllib.loads(f"a = {toml}")["a"])
    return Setting(path, toml, "***" if "headers" in path else _as_json(value))


def _as_json(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal | Path) else value


def _list(random: Random, option: Any) -> str:
    values = [random.choice(_TEXTS) for _ in range(random.randrange(4))]
    return "[" + ", ".join(map(_quoted, values)) + "]"


# type -> a right value of it, as TOML
_VALUES: dict[Any, Callable[[Random, Any], str]] = {
    str: lambda random, option: _quoted(random.choice(_TEXTS)),
    Path: lambda random, option: _quoted(random.choice(_TEXTS)),
    int: lambda random, option: random.choice(_NUMBERS),
    float: lambda random, option: random.choice(_SECONDS),
    Decimal: lambda random, option: random.choice(_AMOUNTS),
    tuple: _list,
    Literal: lambda random, option: _quoted(random.choice(get_args(option))),
}


def _quoted(value: str) -> str:
    """A TOML string: JSON's escapes are TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else _quoted(name)
