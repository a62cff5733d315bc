"""`--option`, `--header`, `--service-tier` and `--seed` arrive where they exist, and fail early where not."""

from __future__ import annotations

import pytest

from llmcli.errors import ExitCode

from ..contract.bench import Bench, check_stderr
from ..contract.vendors import ANTHROPIC, LOCAL, OPENAI, RESPONSES, Vendor
from .servers import Listener


@pytest.mark.parametrize(
    ("which", "option", "name", "value"),
    [
        (ANTHROPIC, 'metadata={"user_id": "u"}', "metadata", {"user_id": "u"}),
        (OPENAI, "store=false", "store", False),
        (LOCAL, "presence_penalty=0.5", "presence_penalty", 0.5),
        (RESPONSES, "truncation=auto", "truncation", "auto"),  # what is no JSON is text
    ],
    ids=["object", "boolean", "number", "text"],
)
def test_option_is_a_parameter_of_the_provider(
    bench: Bench, tap: Listener, command: str, which: Vendor, option: str, name: str, value: object
) -> None:
    check_stderr(bench.run(command, which, "sim:echo yes", "--option", option), ExitCode.OK)
    assert tap.bodies[0][name] == value


def test_unknown_option_is_the_providers_to_refuse(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """What we do not know is passed on, and the provider's own words come back."""
    line = check_stderr(bench.run("ask", vendor, "x", "--option", "colour=red"), ExitCode.REJECTED)
    assert "colour" in line
    assert tap.bodies[0]["colour"] == "red"


@pytest.mark.parametrize(
    "value",
    ["NaN", "[1e999]", '"\\ud800"', "[" * 20_000, "[" * 200 + "]" * 200],
    ids=["nan", "inf", "half", "open", "deep"],
)
def test_an_option_that_cannot_be_sent_as_json_is_exit_2(bench: Bench, tap: Listener, value: str) -> None:
    line = check_stderr(bench.run("ask", LOCAL, "x", "--option", f"colour={value}"), ExitCode.USAGE)
    assert "--option colour" in line
    assert tap.bodies == []


def test_header_is_sent(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    done = bench.run(command, vendor, "sim:echo yes", "--header", "X-Team=blue", "--header", "X-Job=7=8")
    check_stderr(done, ExitCode.OK)
    assert (tap.asked[0].headers["x-team"], tap.asked[0].headers["x-job"]) == ("blue", "7=8")


def test_chat_passes_through_as_well(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    tier = "auto"
    flags = ("--header", "X-Team=blue", "--service-tier", tier)
    check_stderr(bench.run("chat", vendor, "sim:echo yes", *flags), ExitCode.OK)
    assert tap.asked[0].headers["x-team"] == "blue"
    assert tap.bodies[0]["service_tier"] == tier


def test_service_tier_is_sent(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    check_stderr(bench.run(command, vendor, "sim:echo yes", "--service-tier", "auto"), ExitCode.OK)
    assert tap.bodies[0]["service_tier"] == "auto"


@pytest.mark.parametrize("which", [OPENAI, LOCAL], ids=lambda vendor: vendor.name)
def test_seed_is_sent_where_there_is_one(bench: Bench, tap: Listener, command: str, which: Vendor) -> None:
    check_stderr(bench.run(command, which, "sim:echo yes", "--seed", "7"), ExitCode.OK)
    assert tap.bodies[0]["seed"] == 7


@pytest.mark.parametrize(
    ("which", "flag", "value", "says"),
    [
        (ANTHROPIC, "--seed", "7", "anthropic has no seed"),
        (RESPONSES, "--seed", "7", "has no seed"),
        (RESPONSES, "--top-k", "7", "has no top_k"),
        (RESPONSES, "--stop", "END", "has no stop"),
        (OPENAI, "--top-k", "7", "openai has no top_k"),
    ],
    ids=["anthropic-seed", "responses-seed", "responses-top-k", "responses-stop", "chat-top-k"],
)
@pytest.mark.parametrize("how", ["ask", "stream", "chat"])
def test_what_a_provider_does_not_have_is_said_before_sending(
    bench: Bench, tap: Listener, how: str, which: Vendor, flag: str, value: str, says: str
) -> None:
    line = check_stderr(bench.run(how, which, "x", flag, value), ExitCode.USAGE)
    assert says in line
    assert flag in line
    assert tap.received == []
    assert bench.rows() == []


@pytest.mark.parametrize("flags", [("--option", "x"), ("--header", "=y"), ("--option", "stream=true")])
def test_malformed_pairs_are_refused(bench: Bench, tap: Listener, vendor: Vendor, flags: tuple[str, str]) -> None:
    assert flags[0] in check_stderr(bench.run("ask", vendor, "x", *flags), ExitCode.USAGE)
    assert tap.received == []


@pytest.mark.parametrize("header", ["X-Team=bl\nue", "X-Team=bläu", "X Team=blue"])
def test_header_that_cannot_be_sent_is_refused(bench: Bench, tap: Listener, vendor: Vendor, header: str) -> None:
    """Exit 2 before anything is sent, without a traceback."""
    check_stderr(bench.run("ask", vendor, "x", "--header", header), ExitCode.USAGE)
    assert tap.received == []
