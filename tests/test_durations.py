"""durations: lengths of time as people type them, in seconds."""

import pytest

from llmcli.durations import parse_duration_s
from llmcli.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        ("1.5s", 1.5),
        (".5", 0.5),
        ("200ms", 0.2),
        ("2m", 120.0),
        ("1h", 3600.0),
        ("7d", 604800.0),
        (" 2 m ", 120.0),
        ("0", 0.0),
    ],
)
def test_each_unit_becomes_seconds(text: str, seconds: float) -> None:
    assert parse_duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "-1", "1e3", "inf", "nan", "5 years", "1m30s", "1,5"])
def test_anything_else_is_a_usage_error_naming_the_text(text: str) -> None:
    with pytest.raises(UsageError, match="is not a length of time") as caught:
        parse_duration_s(text)
    assert f'"{text}"' in caught.value.message
