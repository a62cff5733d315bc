"""Faults as people write them: what is understood, what is refused, when they strike."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from pathlib import Path
from time import time

import pytest

from llmcli.errors import UsageError
from llmcli.messages import Message, Request
from llmcli.sim.faults import FaultPlan, parse_fault
from llmcli.sim.faults_file import load_faults
from llmcli.sim.retry_headers import retry_after_value


def about(prompt: str) -> Request:
    return Request("sim", (Message.of("user", prompt),), 9)


def strikes(plan: FaultPlan, times: int, prompt: str = "x", *, stream: bool = True) -> list[bool]:
    return [plan.draw(about(prompt), stream=stream) is not None for _ in range(times)]


def test_a_fault_with_everything() -> None:
    """Kind, options and probability are told apart, in any order of options."""
    fault = parse_fault("429,times=2,retry-after=2,x-should-retry=false:0.3")
    assert (fault.kind, fault.status, fault.probability) == ("status", 429, 0.3)
    assert (fault.times, fault.retry_after, fault.x_should_retry) == (2, "2", "false")


def test_an_http_date_keeps_its_comma_and_colons() -> None:
    """A date is one value, and its time is not taken for a probability."""
    fault = parse_fault("429,retry-after=Wed, 21 Oct 2026 07:28:00 GMT,times=1:0.5")
    assert fault.retry_after == "Wed, 21 Oct 2026 07:28:00 GMT"
    assert (fault.times, fault.probability) == (1, 0.5)


def test_an_argument_belongs_to_the_kind() -> None:
    """What follows `=` after the kind is its argument; durations become seconds."""
    assert parse_fault("stop=refusal").argument == "refusal"
    assert parse_fault("error-event=rate_limit_error:1").argument == "rate_limit_error"
    assert parse_fault("slow=200ms").delay_s == 0.2


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("429x", '"429x"'),
        ("", '""'),
        ("200", '"200"'),
        ("600", '"600"'),
        ("429=5", "429"),
        ("explode", '"explode"'),
        ("429:2", '"2"'),
        ("hang=5", '"5"'),
        ("stop", '"stop"'),
        ("slow", '"slow"'),
        ("slow=fast", '"fast"'),
        ("429,retry=5", '"retry"'),
        ("429,retry-after=soon", '"soon"'),
        ("429,retry-after-ms=1.5", '"1.5"'),
        ("429,times=-1", '"-1"'),
        ("429,x-should-retry=maybe", '"maybe"'),
        ("stop=two words", '"two words"'),
    ],
)
def test_what_is_no_fault_is_named(spec: str, names: str) -> None:
    """A mistake is a usage error that quotes it and says what is allowed."""
    with pytest.raises(UsageError) as caught:
        parse_fault(spec)
    assert names in caught.value.message
    assert caught.value.hint


def test_the_hint_lists_every_kind() -> None:
    """Someone who mistypes a kind sees all of them."""
    with pytest.raises(UsageError) as caught:
        parse_fault("explode")
    for kind in ("hang", "drop-midstream", "quota", "error-event", "stop", "slow", "truncated-json"):
        assert kind in str(caught.value.hint)


def test_retry_after_values() -> None:
    """Seconds and dates go out as they are; `day` and `date+…` are worked out."""
    assert retry_after_value("1.5") == "1.5"
    assert retry_after_value("day") == "86400"
    assert 8 < parsedate_to_datetime(retry_after_value("date+10s")).timestamp() - time() <= 10


def test_a_seed_repeats_the_same_faults() -> None:
    """With one seed the same requests meet the same faults; with another, others."""
    faults = (parse_fault("500:0.5"),)
    first, again, other = (strikes(FaultPlan(faults, seed), 50) for seed in (1, 1, 2))
    assert first == again != other
    assert 10 < sum(first) < 40


def test_probability_one_and_zero_are_certain() -> None:
    """1 always strikes, 0 never."""
    assert all(strikes(FaultPlan((parse_fault("500"),)), 20))
    assert not any(strikes(FaultPlan((parse_fault("500:0"),)), 20))


def test_times_limits_how_often_a_fault_strikes() -> None:
    """`times=2` strikes the first two requests, then the next fault has its turn."""
    plan = FaultPlan((parse_fault("500,times=2"), parse_fault("429,times=1")))
    drawn = [plan.draw(about("x"), stream=False) for _ in range(4)]
    assert [fault.status if fault else None for fault in drawn] == [500, 500, 429, None]


def test_early_close_is_for_streams() -> None:
    """A request that is not streamed cannot lose its terminal event."""
    plan = FaultPlan((parse_fault("early-close"),))
    assert strikes(plan, 1, stream=True) == [True]
    assert strikes(plan, 1, stream=False) == [False]


def test_a_file_of_faults(tmp_path: Path) -> None:
    """Tables match on a text anywhere in the prompt, system and earlier turns included."""
    path = tmp_path / "faults.toml"
    path.write_text(
        '[[fault]]\nmatch = "invoice 17"\nkind = "429"\nretry-after = 2\ntimes = 1\nx-should-retry = true\n'
        '[[fault]]\nmatch = "poem"\nkind = "stop=refusal"\nprobability = 1\nmessage = "a, b=c"\n'
    )
    faults = load_faults(path)
    assert (faults[0].retry_after, faults[0].x_should_retry, faults[1].message) == ("2", "true", "a, b=c")
    plan = FaultPlan(faults)
    assert strikes(plan, 2, "see invoice 17, please") == [True, False]
    assert strikes(plan, 1, "see invoice 18") == [False]
    earlier = Request("sim", (Message.of("user", "a poem"), Message.of("user", "go on")), 9)
    assert plan.draw(earlier, stream=False) is not None
    assert plan.draw(Request("sim", (Message.of("user", "x"),), 9, system="poem"), stream=False) is not None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nonsense", "is not TOML"),
        ("fault = " + "[" * 5000, "is not TOML"),
        ("fault = " + "9" * 5000, "is not TOML"),
        ("[fault]\nkind = '429'", "has no [[fault]] tables"),
        ("[[faults]]\nkind = '429'", "has no [[fault]] tables"),
        ("[[fault]]\nmatch = 'x'", "table 1: no kind"),
        ("[[fault]]\nkind = '429'\n[[fault]]\nkind = 'boom'", 'table 2: unknown fault "boom"'),
        ("[[fault]]\nkind = '429'\nretry_after = 2", '"retry_after" is no option'),
        ("[[fault]]\nkind = ['429']", '"kind" is not a text or a number'),
    ],
)
def test_a_broken_file_is_a_usage_error(tmp_path: Path, text: str, names: str) -> None:
    """The error names the file, the table and the value."""
    path = tmp_path / "faults.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_faults(path)
    assert "faults.toml" in caught.value.message
    assert names in caught.value.message


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(UsageError, match=r"cannot read faults file .*none\.toml"):
        load_faults(tmp_path / "none.toml")
