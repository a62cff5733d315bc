"""Input that is too long fails, or is cut; counted by the provider where it counts, else estimated."""

from __future__ import annotations

import json

import pytest

from llmcli.errors import ExitCode

from ..contract.bench import Bench, check_stderr
from ..contract.vendors import ANTHROPIC, LOCAL, OPENAI, RESPONSES, Vendor
from ..helpers import RunLlmcli
from .files import png, written
from .servers import Listener, listening

MOST = 300
LONG = " ".join(f"word{number}" for number in range(2000))
COUNTING = pytest.mark.parametrize("which", [ANTHROPIC, OPENAI, RESPONSES], ids=lambda vendor: vendor.name)


def counts(tap: Listener) -> list[str]:
    return [request.path for request in tap.received if "tokens" in request.path]


@pytest.mark.parametrize("how", ["ask", "stream", "chat"])
def test_too_long_fails_before_it_is_sent(bench: Bench, tap: Listener, vendor: Vendor, how: str) -> None:
    """Exit 11 says how long it is and what the limit was."""
    line = check_stderr(bench.run(how, vendor, LONG, "--max-input-tokens", str(MOST)), ExitCode.BUDGET)
    assert f"--max-input-tokens {MOST}" in line
    assert tap.bodies == []
    assert bench.rows() == []


@COUNTING
def test_counted_by_the_provider(bench: Bench, tap: Listener, command: str, which: Vendor) -> None:
    """The number is that of its own endpoint, which is free, and no estimate."""
    line = check_stderr(bench.run(command, which, LONG, "--max-input-tokens", str(MOST)), ExitCode.BUDGET)
    wanted = "/v1/messages/count_tokens" if which is ANTHROPIC else "/v1/responses/input_tokens"
    assert counts(tap) == [wanted]
    assert "estimated" not in line


@pytest.mark.parametrize("which", [ANTHROPIC, RESPONSES], ids=lambda vendor: vendor.name)
def test_counted_as_billed(bench: Bench, tap: Listener, which: Vendor) -> None:
    """A prompt of exactly as many tokens as the answer was billed for goes through, of one less does not."""
    flags = ("-s", "Be brief.", "-f", written(bench.work, "a.txt", "mind the gap"))
    done = bench.run("ask", which, "What is it?", "--json", *flags)
    billed = done.json["usage"]["input_tokens"]
    check_stderr(bench.run("ask", which, "What is it?", "--max-input-tokens", str(billed), *flags), ExitCode.OK)
    line = check_stderr(
        bench.run("ask", which, "What is it?", "--max-input-tokens", str(billed - 1), *flags), ExitCode.BUDGET
    )
    assert f"the input is {billed} tokens" in line


def test_estimated_and_said_so(bench: Bench, tap: Listener, command: str) -> None:
    """A server that imitates OpenAI counts nothing, so that nobody is asked."""
    line = check_stderr(bench.run(command, LOCAL, LONG, "--max-input-tokens", str(MOST)), ExitCode.BUDGET)
    assert "estimated" in line
    assert tap.received == []


def test_estimated_where_counting_fails(bench: Bench) -> None:
    """An endpoint that has no counter is no reason to give up: it is noted, and estimated."""

    def nothing_here(_: object) -> list[bytes]:
        return [b"HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"]

    with listening(nothing_here) as server:
        bench.point(ANTHROPIC, server.root)
        done = bench.run("ask", ANTHROPIC, LONG, "--max-input-tokens", str(MOST))
    assert done.code == ExitCode.BUDGET
    assert done.err.count("estimated") == 2


def user_text(tap: Listener) -> str:
    """All text of the last turn that was sent."""
    body = tap.bodies[-1]
    content = (body.get("messages") or body.get("input"))[-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


@pytest.mark.parametrize("how", ["head", "tail", "middle"])
def test_cut(bench: Bench, tap: Listener, vendor: Vendor, command: str, how: str) -> None:
    """`head` keeps the beginning, `tail` the end, `middle` both; what is cut is marked, said, and fits."""
    flags = ("--max-input-tokens", str(MOST), "--on-overflow", how, "--json")
    done = bench.run(command, vendor, LONG, *flags)
    assert done.code == ExitCode.OK, done.err
    assert "the input was cut to" in done.err
    assert ("estimated" in done.err) == (vendor is LOCAL)
    text = user_text(tap)
    assert text.startswith("word0 ") == (how in ("head", "middle"))
    assert text.endswith(" word1999") == (how in ("tail", "middle"))
    assert "[… cut …]" in text
    result = json.loads(done.out.splitlines()[-1])
    if vendor is not LOCAL:
        assert MOST * 0.5 < result["usage"]["input_tokens"] <= MOST


def test_the_longest_text_is_cut_not_the_question(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """A file gives way; question and system text stay."""
    flags = ("-f", written(bench.work, "long.txt", LONG), "-s", "Be brief.")
    limits = ("--max-input-tokens", str(MOST), "--on-overflow", "head")
    assert bench.run("ask", vendor, "What is it about?", *flags, *limits).code == ExitCode.OK
    sent = json.dumps(tap.bodies[-1])
    assert "What is it about?" in sent
    assert "Be brief." in sent
    assert "word1999" not in sent


def test_what_cannot_be_cut_fails(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """A system text that is too long by itself is exit 11, and nothing is sent."""
    flags = ("-s", LONG, "--max-input-tokens", str(MOST), "--on-overflow", "head")
    done = bench.run("ask", vendor, "x", *flags)
    assert done.code == ExitCode.BUDGET
    assert tap.bodies == []


@COUNTING
def test_images_and_tools_count(bench: Bench, tap: Listener, which: Vendor) -> None:
    """A short prompt with a large image is long."""
    flags = ("-f", written(bench.work, "a.png", png(1500, 1500)), "--max-input-tokens", str(MOST))
    check_stderr(bench.run("ask", which, "x", *flags), ExitCode.BUDGET)


def test_each_turn_of_a_chat_is_guarded(bench: Bench, tap: Listener, vendor: Vendor, run_here: RunLlmcli) -> None:
    """A long line fails, the next one is answered."""
    lines = f"{LONG}\nsim:echo short\n".encode()
    done = run_here("chat", "-m", vendor.model, "--max-input-tokens", str(MOST), input=lines)
    assert done.code == ExitCode.BUDGET
    assert done.out.strip() == "short"
    assert len(tap.bodies) == 1
