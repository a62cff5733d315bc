"""schema: each setting has one type, and a value that does not fit names the setting."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from llmcli.config import schema
from llmcli.errors import ConfigError


@pytest.mark.parametrize(
    ("path", "raw", "value"),
    [
        (("timeout_s",), "2m", 120.0),
        (("timeout_s",), 30, 30.0),
        (("timeout_s",), 1.5, 1.5),
        (("retry", "max_wait_s"), "500ms", 0.5),
        (("retries",), "5", 5),
        (("retries",), 0, 0),
        (("temperature",), "0.7", 0.7),
        (("temperature",), 1, 1.0),
        (("stop",), "a,b", ("a", "b")),
        (("stop",), '["a,b", "c"]', ("a,b", "c")),
        (("stop",), ["a"], ("a",)),
        (("stdin",), "never", "never"),
        (("model",), "x", "x"),
        (("prices", "my-model", "input"), "0.10", Decimal("0.10")),
        (("prices", "my-model", "input"), 0.1, Decimal("0.1")),
        (("aliases", "fast"), "x", "x"),
        (("providers", "local", "models"), ["a"], ("a",)),
        (("providers", "local", "headers", "X-Team"), "a", "a"),
        (("usage_log",), "/tmp/x", Path("/tmp/x")),
        (("usage_log",), "/tmp/caf\udce9", Path("/tmp/caf\udce9")),  # the name of a file may be any bytes
    ],
)
def test_a_value_becomes_one_of_the_settings_type(path: tuple[str, ...], raw: object, value: object) -> None:
    found = schema.convert(path, raw)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        (("timeout_s",), "soon"),
        (("timeout_s",), -1),
        (("timeout_s",), True),
        (("timeout_s",), float("nan")),
        (("timeout_s",), float("inf")),
        (("retries",), 1.5),
        (("retries",), "many"),
        (("retries",), -1),
        (("max_tokens",), 10**30),
        pytest.param(("max_tokens",), 16**5000, id="hexadecimal"),  # of more decimal digits than Python writes
        (("system",), "caf\udce9"),  # a byte of Latin-1, as the environment has it
        (("stop",), "a,\udce9"),
        (("stop",), '["\\ud800"]'),
        (("temperature",), "nan"),
        (("temperature",), "inf"),
        (("temperature",), "1e999"),
        (("temperature",), 10**400),
        (("stop",), 3),
        (("stop",), [1]),
        (("stop",), '["a"'),
        (("stop",), "[" * 100_000),
        (("stdin",), "sometimes"),
        (("stdin",), ["auto"]),
        (("model",), 3),
        (("model",), {"a": 1}),
        (("prices", "m", "input"), "NaN"),
        (("prices", "m", "input"), "sNaN"),
        (("prices", "m", "input"), "Infinity"),
        (("prices", "m", "input"), "-1"),
        (("prices", "m", "input"), "free"),
        (("prices", "m", "input"), "1e13"),
        (("prices", "m", "input"), "1e-13"),
        (("budget", "daily_usd"), "1e999999"),
        (("usage_log",), 1),
        (("usage_log",), "~no-such-user/x"),
        (("providers", "local", "kind"), "grpc"),
    ],
)
def test_a_value_that_does_not_fit_is_a_config_error_naming_the_setting(path: tuple[str, ...], raw: object) -> None:
    with pytest.raises(ConfigError, match=f'^"{".".join(path)}" must be '):
        schema.convert(path, raw)


def test_of_a_long_value_only_the_beginning_is_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        schema.convert(("retries",), "many" * 1000)
    assert len(caught.value.line()) < 120


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"modell": "x"}, 'unknown setting "modell": did you mean model?'),
        ({"retry": {"max_wait": 1}}, 'unknown setting "retry.max_wait": did you mean retry.max_wait_s?'),
        ({"providers": {"x": {"url": "y"}}}, 'unknown setting "providers.x.url"'),
        ({"retry": 3}, '"retry" must be a table, not 3'),
        ({"providers": {"x": "y"}}, '"providers.x" must be a table, not "y"'),
    ],
)
def test_a_wrong_name_or_shape_is_a_config_error_that_helps(table: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        list(schema.flatten(table))
    assert message in caught.value.message


def test_a_single_value_has_nothing_below_it() -> None:
    with pytest.raises(ConfigError, match='"model" is a single value, not a table'):
        schema.type_of(("model", "x"))


def test_nested_tables_become_dotted_paths() -> None:
    table = {"model": "a", "providers": {"x": {"headers": {"h": "1"}}}, "retry": {"cap_s": 2}}
    assert dict(schema.flatten(table)) == {
        ("model",): "a",
        ("providers", "x", "headers", "h"): "1",
        ("retry", "cap_s"): 2.0,
    }


def test_every_single_setting_has_a_type_that_can_be_described() -> None:
    """So that no wrong value can end in a bug."""
    paths = [*schema.scalar_paths(), *(("providers", "x", name) for name in schema.fields_of_table("providers"))]
    for path in paths:
        with pytest.raises(ConfigError):
            schema.convert(path, object())
