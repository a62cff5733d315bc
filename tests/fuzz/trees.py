"""JSON values changed in their structure, and written as JSON should and should not be written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any


class Raw(str):
    """Text that is written as it stands where a value should be."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object whose keys may come twice."""


DEEP = 100_000

# What stands where something else is expected.
LEAVES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**40, 0.0, -0.0, 0.5, 1.0,
    1e-320, 1e308, -1e308, "", " ", "a", "0", "-1", "1e999", "nan", "null", "true", "\x00", "a\x00b", "\n", "\r\n",
    "\x1b[31m", "\x85", "\u2028", "\u200b", "\u202e", "\ufeff", "\ufffe", "\U0001f600", "e\u0301", "\ud800", "\udc80",
    "\ud83d\ude00", "a" * 300, "é" * 5000, "a" * 200_000, "../../x", "/dev/null", "~", "~nobody/x", "http://[", "%s%n",
    "{}", "[]", "${HOME}", "{a}", "[" * 3000, '{"a":' * 3000, "9" * 5000, '{"a":NaN}', '{"a":1e999}', "{", "__class__",
    '{"a":"\\ud800"}', '{"a":1,"a":2}', '{"a":[1,null]}', "<|endoftext|>",
    [], {}, [[]], [None], {"": None}, {"a": {"b": []}}, ["a", 1, None, {}], {"type": "x"}, {"$ref": "#"}, {"id": 1},
    [0] * 2000,
    *map(Raw, (
        "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400, "9" * 5000, "0." + "3" * 5000, "01", "1.", ".5",
        "'a'", "undefined", "", '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"\\x"', '"\t"', '"', "{", "/**/1", "1,",
        "\ufeff1", '{"a":1,"a":2}', "[" * DEEP, "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP,
        *("[" * depth + "]" * depth for depth in (300, 900)),
        *('{"a":' * depth + "1" + "}" * depth for depth in (300, 900)),
        '{"allOf":[' * 200 + "{}" + "]}" * 200,
    )),
)  # fmt: skip


def changed(random: Random, value: Any, others: Sequence[Any] = (), leaves: Sequence[Any] = LEAVES) -> Any:
    """A copy of `value` after one to a few changes of its structure; `others` are values to take parts from."""
    tree: list[Any] = [_copy(value)]
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        places = list(_places(tree))
        holder, key = random.choice(places)
        _CHANGES[random.choice(_WEIGHTS)](random, holder, key, places, others, leaves)
        if not tree:
            tree = [None]
    return tree[0]


def _places(tree: list[Any]) -> list[tuple[Any, Any]]:
    """Every value as what holds it and the key or index that it has there."""
    found: list[tuple[Any, Any]] = []
    pending: list[Any] = [tree]
    while pending and len(found) < 3000:
        holder = pending.pop()
        for key, each in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            found.append((holder, key))
            if isinstance(each, dict | list) and not isinstance(each, Pairs):
                pending.append(each)
    return found


def _copy(value: Any) -> Any:
    if isinstance(value, Pairs):
        return value
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value


_Change = Callable[[Random, Any, Any, list[tuple[Any, Any]], Sequence[Any], Sequence[Any]], None]


def _leaf(r: Random, holder: Any, key: Any, places: Any, others: Any, leaves: Sequence[Any]) -> None:
    holder[key] = _copy(r.choice(leaves))


def _retype(r: Random, holder: Any, key: Any, places: Any, others: Any, leaves: Any) -> None:
    """The same as a value of another type."""
    value = holder[key]
    options: list[Any] = [[value], {"a": value}, None, str(value)[:100], not value]
    if isinstance(value, dict):
        options += [list(value), [[name, each] for name, each in value.items()]]
    if isinstance(value, list):
        options += [{str(at): each for at, each in enumerate(value)}, value[0] if value else None]
    if isinstance(value, int | float):
        options += [-value, float(value) if abs(value) < 1e300 else 0.5, value * 10**9 if abs(value) < 1e200 else 1]
    holder[key] = r.choice(options)


def _delete(r: Random, holder: Any, key: Any, places: Any, others: Any, leaves: Any) -> None:
    del holder[key]


def _rename(r: Random, holder: Any, key: Any, places: Any, others: Any, leaves: Any) -> None:
    if isinstance(holder, dict):
        names = ("", "x", key.upper(), f"{key} ", f"{key}\x00", "\ud800", "$ref", "type", "a" * 1000, "__proto__")
        holder[r.choice(names)] = holder.pop(key)
    else:
        holder.insert(key, holder[key])


def _add(r: Random, holder: Any, key: Any, places: Any, others: Any, leaves: Sequence[Any]) -> None:
    if isinstance(holder, dict):
        holder[r.choice(("", "x", "type", "id", "name", "content", "\ud800", "$ref", "a.b"))] = _copy(r.choice(leaves))
    else:
        holder.insert(r.randint(0, len(holder)), _copy(r.choice(leaves)))


def _repeat(r: Random, holder: Any, key: Any, places: Any, others: Any, leaves: Any) -> None:
    value = holder[key]
    if isinstance(value, list):
        holder[key] = value * r.choice((2, 2, 3, 100))
    elif isinstance(value, str):
        holder[key] = value * r.choice((2, 3, 1000)) if len(value) < 10_000 else value
    elif isinstance(value, dict) and value:
        twice = r.choice(list(value))
        holder[key] = Pairs([*value.items(), (twice, value[twice])])


def _nest(r: Random, holder: Any, key: Any, places: Any, others: Any, leaves: Any) -> None:
    value = holder[key]
    for _ in range(r.choice((1, 2, 5, 60))):
        value = r.choice(([value], {"a": value}))
    holder[key] = value


def _move(r: Random, holder: Any, key: Any, places: list[tuple[Any, Any]], others: Any, leaves: Any) -> None:
    """A copy of some other part in this place."""
    other, name = r.choice(places)
    try:
        holder[key] = _copy(other[name])
    except (KeyError, IndexError):
        holder[key] = None


def _foreign(r: Random, holder: Any, key: Any, places: Any, others: Sequence[Any], leaves: Any) -> None:
    """A part of another value in this place."""
    if others:
        far, name = r.choice(list(_places([r.choice(others)])))
        holder[key] = _copy(far[name])


_CHANGES: tuple[_Change, ...] = (_leaf, _retype, _delete, _rename, _add, _repeat, _nest, _move, _foreign)
_WEIGHTS = (0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 8)


def text(value: Any, *, ascii_only: bool = True) -> str:
    """`value` as JSON, but for the parts that are none. Not recursive: a mutated value may be nested beyond sense."""
    written: list[str] = []
    todo = [value]
    while todo:
        at_hand = todo.pop()
        if isinstance(at_hand, Raw):
            written.append(str(at_hand))
        elif isinstance(at_hand, Pairs | dict):
            pairs = list(at_hand.items() if isinstance(at_hand, dict) else at_hand)
            keys = [json.dumps(key, ensure_ascii=ascii_only or isinstance(at_hand, Pairs)) for key, _ in pairs]
            parts = [(Raw(f"{',' if at else ''}{keys[at]}:"), each) for at, (_, each) in enumerate(pairs)]
            todo += reversed([Raw("{"), *(part for both in parts for part in both), Raw("}")])
        elif isinstance(at_hand, list):
            parts = [(Raw("," if at else ""), each) for at, each in enumerate(at_hand)]
            todo += reversed([Raw("["), *(part for both in parts for part in both), Raw("]")])
        else:
            written.append(json.dumps(at_hand, ensure_ascii=ascii_only))
    return "".join(written)


def data(random: Random, value: Any) -> bytes:
    """`value` as bytes: UTF-8, with escapes for all but ASCII more often than not."""
    return text(value, ascii_only=random.random() < 0.7).encode("utf-8", "surrogatepass")
