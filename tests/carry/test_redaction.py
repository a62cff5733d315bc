"""What is private leaves only as placeholders, and is back in what the user reads."""

from __future__ import annotations

import json

import pytest

from llmcli.errors import ExitCode

from ..contract.answers import stream_of
from ..contract.bench import Bench, check_stderr, result_of
from ..contract.vendors import ANTHROPIC, LOCAL, OPENAI, VENDORS, Vendor
from ..helpers import RunLlmcli
from .files import written
from .servers import Listener, scripted
from .toolbox import flags_for, results_in, tool_file

MAIL = "jane.roe@example.org"
CARD = "4111 1111 1111 1111"
IBAN = "DE89 3704 0044 0532 0130 00"
KEY_BLOCK = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"
ORIGINALS = (MAIL, CARD, IBAN, "1111 1111", "MIIEvQIBADAN")
PROMPT = f"sim:echo Write to {MAIL}, pay with {CARD} or {IBAN}."
ANSWER = PROMPT.removeprefix("sim:echo ") + "\n"
COMMANDS = pytest.mark.parametrize("how", ["ask", "stream", "chat"])


def check_kept(bench: Bench, listener: Listener) -> None:
    """Assert that no original reached the server, the ledger, the usage log or any other file."""
    assert listener.received
    left = [file.read_bytes() for file in [*bench.state.rglob("*"), bench.usage_log] if file.is_file()]
    for original in ORIGINALS:
        for place in (listener.everything(), *left):
            assert original.encode() not in place


@COMMANDS
def test_originals_stay_here_and_come_back(bench: Bench, tap: Listener, vendor: Vendor, how: str) -> None:
    """The simulator echoes what it got, which are placeholders; the answer has the originals."""
    done = bench.run(how, vendor, PROMPT, "--redact", "all")
    check_stderr(done, ExitCode.OK)
    assert done.out == ANSWER
    assert "[EMAIL_1]" in str(tap.bodies)
    check_kept(bench, tap)


def test_everything_that_is_text_is_redacted(bench: Bench, tap: Listener, vendor: Vendor, run_here: RunLlmcli) -> None:
    """System text, files and stdin, not only the prompt; the same original is the same placeholder everywhere."""
    flags = ("-s", f"I am {MAIL}.", "-f", written(bench.work, "a.txt", f"{MAIL} has {KEY_BLOCK}"), "--redact", "all")
    done = run_here("ask", "-m", vendor.model, *flags, "Who is it?", input=f"Is it {MAIL} with {CARD}?".encode())
    check_stderr(done, ExitCode.OK)
    check_kept(bench, tap)
    assert "[EMAIL_1]" in str(tap.bodies)
    assert "[EMAIL_2]" not in str(tap.bodies)


def test_only_the_kinds_asked_for(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    check_stderr(bench.run("ask", vendor, PROMPT, "--redact", "email"), ExitCode.OK)
    sent = json.dumps(tap.bodies)
    assert MAIL not in sent
    assert CARD in sent


def test_patterns_of_ones_own(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """`[redact] patterns` are looked for without any flag."""
    bench.point(LOCAL, tap.root, "[redact.patterns]\nticket = 'TCK-\\d+'\n")
    done = bench.run("ask", vendor, "sim:echo see TCK-77")
    check_stderr(done, ExitCode.OK)
    assert done.out == "see TCK-77\n"
    assert "TCK-77" not in json.dumps(tap.bodies)


def test_envelope_and_events_have_the_originals(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    done = bench.run(command, vendor, PROMPT, "--redact", "all", "--json")
    assert result_of(command, done)["text"] == ANSWER.rstrip()
    if command == "stream":
        events = [json.loads(line) for line in done.out.splitlines()]
        assert "".join(event["text"] for event in events if event["type"] == "delta") == ANSWER.rstrip()
    check_kept(bench, tap)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_placeholder_split_across_deltas(bench: Bench, vendor: Vendor, size: int) -> None:
    """However the stream is cut, the originals come back whole; what only begins like a placeholder stays."""
    text = "To [EMAIL_1] and [EMAIL_9], [EMAIL_1]! [EMAIL_"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    with scripted([stream_of(vendor, pieces)]) as server:
        bench.point(vendor, server.root)
        done = bench.run("stream", vendor, f"Greet {MAIL}", "--redact", "email")
        check_stderr(done, ExitCode.OK)
        assert done.out == f"To {MAIL} and [EMAIL_9], {MAIL}! [EMAIL_\n"
        check_kept(bench, server)


def test_json_answers_stay_valid(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    """An original with line breaks in it is escaped where it is put back into JSON."""
    prompt = f'What is this, as JSON? {KEY_BLOCK} sim:echo {{"key": "[SECRET_1]"}}'
    # The placeholder in the prompt is itself hidden, and revealed again: both come back as they were.
    done = bench.run(command, vendor, prompt, "--redact", "secret", "--json-object")
    check_stderr(done, ExitCode.OK)
    assert json.loads(done.out) == {"key": "[SECRET_1]"}
    check_kept(bench, tap)


def test_json_answer_with_a_line_break_in_it(bench: Bench, vendor: Vendor) -> None:
    """Streamed in pieces, too, the object can be read, and has the original."""
    pieces = ['{"key": "[SEC', "RET_1", ']", "n": 1}']
    with scripted([stream_of(vendor, pieces)]) as server:
        bench.point(vendor, server.root)
        done = bench.run("stream", vendor, f"As JSON: {KEY_BLOCK}", "--redact", "secret", "--json-object")
        check_stderr(done, ExitCode.OK)
        assert json.loads(done.out) == {"key": KEY_BLOCK, "n": 1}
        check_kept(bench, server)


def test_tools_get_originals_and_their_results_are_redacted(
    bench: Bench, tap: Listener, vendor: Vendor, command: str
) -> None:
    """A tool here needs the original; what it says of others is hidden as well before it is sent back."""
    tool = tool_file(bench.work, "cat > got.json; echo 'card 4111 1111 1111 1111'")
    prompt = f'sim:call=weather{{"city": "{MAIL}"}}'
    flags = ("--tool", tool, "--yes", "--redact", "all", *flags_for(vendor))
    done = bench.run(command, vendor, prompt, *flags)
    check_stderr(done, ExitCode.OK)
    assert json.loads((bench.work / "got.json").read_text()) == {"city": MAIL}
    assert results_in(tap.bodies) == ["card [CARD_1]\n"]
    assert CARD in done.out
    check_kept(bench, tap)


def test_calls_that_are_printed_have_originals(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    flags = ("--tool", tool_file(bench.work, None), "--redact", "all", "--json", *flags_for(vendor))
    done = bench.run("ask", vendor, f'sim:call=weather{{"city": "{MAIL}"}}', *flags)
    assert done.json["tool_calls"][0]["arguments"] == {"city": MAIL}
    check_kept(bench, tap)


def test_chat_redacts_its_history(bench: Bench, tap: Listener, vendor: Vendor, run_here: RunLlmcli) -> None:
    """The second turn sends question and answer of the first again, as placeholders."""
    lines = f"{PROMPT}\nsim:echo again {MAIL}\n".encode()
    done = run_here("chat", "-m", vendor.model, "--redact", "all", input=lines)
    check_stderr(done, ExitCode.OK)
    assert done.out == f"{ANSWER}\nagain {MAIL}\n"
    assert str(tap.bodies[1]).count("[EMAIL_1]") == 3
    check_kept(bench, tap)


@COMMANDS
def test_report_counts_by_kind(bench: Bench, tap: Listener, how: str) -> None:
    """On stderr, and never what it was."""
    done = bench.run(how, OPENAI, f"{PROMPT} {MAIL}", "--redact", "all", "--redact-report")
    assert done.code == ExitCode.OK
    assert "2 email" in done.err
    assert "1 card" in done.err
    assert "1 iban" in done.err
    assert MAIL not in done.err


def test_redact_only_prints_what_would_be_sent(bench: Bench, tap: Listener, command: str) -> None:
    done = bench.run(command, ANTHROPIC, PROMPT, "--redact", "all", "--redact-only", "-s", f"I am {MAIL}")
    check_stderr(done, ExitCode.OK)
    assert done.out == "I am [EMAIL_1]\n\nsim:echo Write to [EMAIL_1], pay with [CARD_1] or [IBAN_1].\n"
    assert tap.received == []
    assert bench.rows() == []


@pytest.mark.parametrize("which", VENDORS, ids=lambda vendor: vendor.name)
def test_print_request_is_redacted_too(bench: Bench, tap: Listener, which: Vendor) -> None:
    for form in ("json", "curl"):
        done = bench.run("ask", which, PROMPT, "--redact", "all", "--print-request", form)
        check_stderr(done, ExitCode.OK)
        assert "[EMAIL_1]" in done.out
        assert MAIL not in done.out


def test_unknown_kind_is_refused(bench: Bench, tap: Listener, command: str) -> None:
    line = check_stderr(bench.run(command, ANTHROPIC, PROMPT, "--redact", "emial"), ExitCode.USAGE)
    assert "emial" in line
    assert tap.received == []


def test_counting_sends_placeholders_only(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """The input guard asks the provider to count what it would get anyway."""
    check_stderr(bench.run("ask", vendor, PROMPT, "--redact", "all", "--max-input-tokens", "500"), ExitCode.OK)
    check_kept(bench, tap)


def test_errors_of_the_provider_do_not_undo_it(bench: Bench, vendor: Vendor) -> None:
    """A server that quotes the prompt in its error quotes placeholders."""
    with scripted([b"HTTP/1.1 400 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"]) as server:
        bench.point(vendor, server.root)
        done = bench.run_unchecked("ask", vendor, PROMPT, "--redact", "all", "-vv")
        assert done.code == ExitCode.REJECTED
        assert MAIL not in done.err
        check_kept(bench, server)
