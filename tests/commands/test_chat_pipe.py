"""`llmcli chat` in a pipe: each line a turn, each answer a block."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from llmcli.chat.dialogue import DEFAULT_SYSTEM
from llmcli.chat.sessions import read

from ..chat.helpers import lines_of
from ..helpers import RunLlmcli, ledger_rows

CHAT = ("chat", "-m", "sim")


def test_each_line_is_a_turn_and_each_answer_a_block(run_here: RunLlmcli) -> None:
    done = run_here(*CHAT, input=b"sim:echo one\nsim:echo two\n")
    assert (done.code, done.out, done.err) == (0, "one\n\ntwo\n", "")


def test_each_turn_is_sent_what_was_said_before(run_here: RunLlmcli) -> None:
    done = run_here(*CHAT, "--json", input=b"hello\nworld\nagain\n")
    assert [line["text"].split(",")[0] for line in lines_of(done.out)] == [
        "sim: 1 message",
        "sim: 3 messages",
        "sim: 5 messages",
    ]


def test_a_last_line_without_newline_is_a_turn_too(run_here: RunLlmcli) -> None:
    assert run_here(*CHAT, input=b"sim:echo one\r\nsim:echo two").out == "one\n\ntwo\n"


@pytest.mark.parametrize("nothing", [b"", b"\n\n", b"  \n\t\n"])
def test_empty_lines_send_nothing(run_here: RunLlmcli, state_dir: Path, nothing: bytes) -> None:
    done = run_here(*CHAT, input=nothing)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert not (state_dir / "ledger.db").exists()
    assert run_here(*CHAT, input=b"\nsim:echo x\n\n").out == "x\n"


def test_json_gives_one_envelope_a_line(run_here: RunLlmcli) -> None:
    done = run_here(*CHAT, "--json", input=b"sim:echo a\n\nsim:echo b\n")
    first, second = lines_of(done.out)
    assert (first["text"], second["text"]) == ("a", "b")
    assert {first["command"], first["type"], first["ok"]} == {"chat", "result", True}
    assert done.err == ""


def test_neither_words_nor_slashes_are_commands_in_a_pipe(run_here: RunLlmcli) -> None:
    """A line of data that happens to be `quit` must not end the run."""
    done = run_here(*CHAT, "--json", input=b"quit\n/reset\n!model x\n")
    assert [line["usage"]["input_tokens"] > 0 for line in lines_of(done.out)] == [True] * 3


def test_a_default_system_text_is_sent_unless_another_is_given(run_here: RunLlmcli, isolated: Path) -> None:
    (isolated / "rules").write_text("be rude")
    start = f'system: "{DEFAULT_SYSTEM[:40]}'
    assert start in run_here(*CHAT, "hi").out
    assert 'system: "be brief"' in run_here(*CHAT, "-s", "be brief", "hi").out
    assert 'system: "be rude"' in run_here(*CHAT, "-s", "@rules", "hi").out
    assert 'system: "@here"' in run_here(*CHAT, "-s", "@@here", "hi").out


def test_a_failed_turn_leaves_the_history_goes_on_and_is_the_exit_code(run_here: RunLlmcli) -> None:
    done = run_here(*CHAT, "--json", input=b"one\nsim:stop=refusal\nthree\nsim:stop=incomplete\n")
    first, second, third, fourth = lines_of(done.out)
    assert [line["ok"] for line in (first, second, third, fourth)] == [True, False, True, False]
    assert second["error"]["class"] == "refused"
    assert third["text"].startswith("sim: 3 messages")
    assert done.code == 8, "the first failure is the exit code"
    assert [line.split(":")[:2] for line in done.err.splitlines()] == [["llmcli", " line 2"], ["llmcli", " line 4"]]


def test_what_arrived_of_an_answer_cut_at_the_token_limit_is_printed_and_kept(run_here: RunLlmcli) -> None:
    done = run_here(*CHAT, "--max-tokens", "3", "--session", "s", input=b"sim:echo a b c d e\n")
    assert (done.code, done.out) == (9, "a b c\n")
    [turn] = run_here("chat", "--show", "s", "--json").json["conversation"]["turns"]
    assert turn["answer"] == "a b c"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("-m", "claude-haiku-5-5"), 4), (("-m", "no-such-model"), 3)],
    ids=["no key", "unknown model"],
)
def test_what_would_fail_on_every_line_ends_the_run(run_here: RunLlmcli, arguments: tuple[str, ...], code: int) -> None:
    done = run_here("chat", *arguments, "--json", input=b"one\ntwo\n")
    assert done.code == code
    assert len(done.err.splitlines()) == 1
    assert done.json["ok"] is False


def test_a_file_goes_with_the_first_turn_that_is_answered(run_here: RunLlmcli, isolated: Path) -> None:
    """If that fails, the file is not lost for the next."""
    (isolated / "notes").write_text("seven")
    lines = b"sim:stop=refusal\nhello\nmore\n"
    run_here(*CHAT, "-f", "notes", "--session", "s", input=lines)
    first, second = run_here("chat", "--show", "s", "--json").json["conversation"]["turns"]
    assert [part["text"] for part in first["user"]["parts"]] == ['<file name="notes">\nseven\n</file>', "hello"]
    assert [part["text"] for part in second["user"]["parts"]] == ["more"]


@pytest.mark.parametrize("source", ["missing", "-"])
def test_a_file_that_cannot_be_used_is_told_before_anything_is_sent(
    run_here: RunLlmcli, state_dir: Path, source: str
) -> None:
    done = run_here(*CHAT, "-f", source, input=b"hello\n")
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert not (state_dir / "ledger.db").exists()


def test_a_line_that_is_not_text_is_told_with_its_number(run_here: RunLlmcli, isolated: Path) -> None:
    done = run_here(*CHAT, "--save-on-exit", "talk.json", input=b"sim:echo fine\n\xff\xfe\xfa\n")
    assert (done.code, done.out) == (2, "fine\n")
    assert "stdin, line 2" in done.err
    assert len(read(isolated / "talk.json").conversation.turns) == 1, "what was said before it is not lost"


def test_save_on_exit_writes_the_conversation(run_here: RunLlmcli, isolated: Path) -> None:
    run_here(*CHAT, "--save-on-exit", "talk.json", input=b"sim:echo one\nsim:echo two\n")
    assert [turn.answer for turn in read(isolated / "talk.json").conversation.turns] == ["one", "two"]


def test_save_on_exit_is_checked_before_anything_is_paid_for(run_here: RunLlmcli, state_dir: Path) -> None:
    done = run_here(*CHAT, "--save-on-exit", "no/such/folder/talk.json", "hi")
    assert (done.code, done.out) == (2, "")
    assert not (state_dir / "ledger.db").exists()


def test_a_conversation_without_turns_does_not_replace_a_saved_one(run_here: RunLlmcli, isolated: Path) -> None:
    run_here(*CHAT, "--save-on-exit", "talk.json", "sim:echo one")
    run_here(*CHAT, "--save-on-exit", "talk.json", "sim:stop=refusal")
    assert [turn.answer for turn in read(isolated / "talk.json").conversation.turns] == ["one"]


def test_turns_that_are_still_to_come_can_be_pinned(run_here: RunLlmcli) -> None:
    done = run_here(*CHAT, "--pin", "1", "--window-turns", "1", "--json", "-q", input=b"a\nb\nc\nd\ne\n")
    assert [line["text"].split(",")[0] for line in lines_of(done.out)][-2:] == ["sim: 5 messages"] * 2


def test_dropping_is_said_once_on_stderr(run_here: RunLlmcli) -> None:
    done = run_here(*CHAT, "--window-turns", "1", input=b"a\nb\nc\nd\n")
    assert done.err == "llmcli: the history no longer fits: leaving out the oldest turns, 1 now\n"
    assert run_here(*CHAT, "-q", "--window-turns", "1", input=b"a\nb\nc\nd\n").err == ""


def test_window_tokens_bounds_what_is_sent(run_here: RunLlmcli) -> None:
    lines = "".join(f"this is line number {number} of the conversation\n" for number in range(30)).encode()
    done = run_here(*CHAT, "--window-tokens", "400", "--json", input=lines)
    sent = [line["usage"]["input_tokens"] for line in lines_of(done.out)]
    assert max(sent) <= 400
    assert min(sent[5:]) > 200, "what fits is sent"


def test_a_summary_has_a_ledger_row_of_its_own_and_is_counted_in_the_session(
    run_here: RunLlmcli, state_dir: Path
) -> None:
    lines = "".join(f"sim:echo answer {number}\n" for number in range(12)).encode()
    done = run_here(*CHAT, "--window", "summarize", "--window-turns", "4", "--session", "s", input=lines)
    assert (done.code, done.err) == (0, "")
    kept = run_here("chat", "--show", "s", "--json").json["conversation"]
    rows = ledger_rows(state_dir)
    assert len(kept["turns"]) == 12
    summaries = len(rows) - 12
    assert 2 <= summaries <= 4, "not on every turn"
    assert {(row["command"], row["status"]) for row in rows} == {("chat", "ok")}
    assert kept["totals"]["sim"]["calls"] == len(rows)
    assert kept["totals"]["sim"]["input_tokens"] == sum(row["input_tokens"] for row in rows)
    assert kept["summary"]["text"]


def test_nothing_is_asked_of_a_terminal_library_in_a_pipe(run_llmcli: RunLlmcli, isolated: Path) -> None:
    program = (
        "import sys\nfrom io import BytesIO\nfrom llmcli.app import App\nfrom llmcli.cli import run\n"
        "from llmcli.streams import Streams\n"
        "run(['chat', '-m', 'sim', 'hi'], App(Streams(BytesIO(), BytesIO(), BytesIO())))\n"
        "print(sorted(name for name in sys.modules if name.startswith(('prompt_toolkit', 'anthropic', 'openai'))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n"


def test_answers_come_while_stdin_is_still_open(isolated: Path) -> None:
    """So that a program can hold a conversation: write a line, read the answer, write the next."""
    command = [sys.executable, "-m", "llmcli", *CHAT, "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin and process.stdout and process.stderr
        for word in ("one", "two"):
            process.stdin.write(f"sim:echo {word}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == word
        process.stdin.close()
        assert process.wait(10) == 0
        assert process.stderr.read() == b""
