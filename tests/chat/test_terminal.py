"""`llmcli chat` at a real pseudo-terminal."""

from __future__ import annotations

import json
import re
import signal
import stat
import time
from pathlib import Path

import pytest

from llmcli.chat.sessions import SessionFile, read, write

from ..helpers import RunLlmcli, ledger_rows
from ..sim.helpers import StartSim
from .conftest import UseSim
from .helpers import conversation
from .terminal import CTRL_C, CTRL_D, ENTER, NEW_LINE, UP, WAIT_S, StartTerminal, Terminal

SIM = ("-m", "sim")
STATUS = r"tokens: [\d,]+ in / [\d,]+ out · [~<]*\$\d+\.\d{4} · session: [\d,]+ in / [\d,]+ out · [~<]*\$\d+\.\d{4}"


def test_a_turn_shows_the_answer_and_one_line_of_what_it_took(terminal: StartTerminal) -> None:
    talk = terminal(*SIM)
    shown = talk.say("sim:echo hello to you").splitlines()
    assert shown[-2] == "hello to you"
    assert re.fullmatch(STATUS, shown[-1])
    assert shown[-1].startswith("tokens: ")


def test_the_line_counts_the_turn_and_the_session(terminal: StartTerminal) -> None:
    talk = terminal(*SIM)
    first = talk.say("sim:tokens=1203").splitlines()[-1]
    second = talk.say("sim:tokens=7").splitlines()[-1]
    took = [
        [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) (?:in|out)", line)]
        for line in (first, second)
    ]
    assert "1,203 out" in first
    assert took[0][:2] == took[0][2:]
    assert took[1][2:] == [took[0][0] + took[1][0], 1210]


def test_a_dumb_terminal_is_shown_nothing_but_text(isolated: Path) -> None:
    """Such as a shell in Emacs: it would show what others obey."""
    talk = Terminal(*SIM, env={"TERM": "dumb"})
    talk.see("> ")
    talk.type("sim:echo hello to you" + ENTER)
    talk.see(STATUS)
    talk.see("> ")
    assert talk.leave("/quit" + ENTER)[1] == 0
    assert "> sim:echo hello to you" in talk.raw.getvalue()
    assert "\x1b" not in talk.raw.getvalue()


def test_prices_are_in_the_line(terminal: StartTerminal, start_sim: StartSim, use_sim: UseSim) -> None:
    """claude-haiku-5-5 writes a million tokens for $0.50."""
    use_sim(start_sim())
    talk = terminal("-m", "claude-haiku-5-5")
    status = talk.say("sim:tokens=4000").splitlines()[-1]
    assert re.fullmatch(STATUS, status)
    assert " · $0.0020 · session: " in status


def test_an_empty_line_sends_nothing(terminal: StartTerminal, state_dir: Path) -> None:
    talk = terminal(*SIM)
    assert "tokens:" not in talk.say("")
    assert "tokens:" not in talk.say("   ")
    talk.leave()
    assert not (state_dir / "ledger.db").exists()


def test_several_lines_are_one_message(terminal: StartTerminal) -> None:
    talk = terminal(*SIM)
    assert "\none\ntwo\n" in talk.say(f"sim:echo one{NEW_LINE}two")


def test_pasted_lines_are_one_message(terminal: StartTerminal) -> None:
    talk = terminal(*SIM)
    talk.type("sim:echo \x1b[200~one\ntwo\x1b[201~")
    assert "\none\ntwo\n" in talk.say("")


def test_up_brings_back_the_line_before_also_from_a_kept_session(terminal: StartTerminal, run_here: RunLlmcli) -> None:
    run_here("chat", *SIM, "--session", "s", "sim:echo from before")
    talk = terminal(*SIM, "--session", "s")
    talk.type(UP)
    assert "\nfrom before\n" in talk.say("")
    assert "\nnew\n" in talk.say("sim:echo new")
    talk.type(UP)
    assert "\nnew\n" in talk.say("")


def test_ctrl_c_stops_the_answer_not_the_program(
    terminal: StartTerminal, start_sim: StartSim, use_sim: UseSim, state_dir: Path
) -> None:
    """The connection is closed, what came is accounted for, and the history is as before."""
    sim = start_sim(tokens_per_second=20)
    use_sim(sim)
    talk = terminal("-m", "claude-haiku-5-5")
    talk.say("sim:echo one")
    talk.type("sim:tokens=4000" + ENTER)
    talk.see("quick brown fox")
    talk.type(CTRL_C)
    shown = talk.ready()
    assert "llmcli: interrupted\nthe conversation is as it was before this turn; /retry asks again\n" in shown
    assert "brown fox jumps" in shown or "tokens: " in shown
    assert "\ntokens: " in shown, "the cursor is on a new line"
    assert "sim: 3 messages" in talk.say("hello"), "one turn before, and this one"
    talk.leave()
    [_, stopped, _] = ledger_rows(state_dir)
    assert (stopped["status"], stopped["cost_basis"]) == ("interrupted", "estimated")
    assert 0 < stopped["output_tokens"] < 4000
    assert sim.entries(3)[1]["output_tokens"] < 4000


def test_ctrl_c_while_a_retry_is_waited_for_keeps_the_question_for_retry(
    terminal: StartTerminal, start_sim: StartSim, use_sim: UseSim
) -> None:
    use_sim(start_sim("429,retry-after=50,times=1"))
    talk = terminal("-m", "claude-haiku-5-5")
    talk.type("sim:echo at last" + ENTER)
    talk.see("next in 50")
    talk.type(CTRL_C)
    assert "interrupted" in talk.ready()
    assert "\nat last\n" in talk.say("/retry")


def test_ctrl_c_at_the_prompt_clears_the_line(terminal: StartTerminal) -> None:
    talk = terminal(*SIM)
    talk.type("not wanted" + CTRL_C)
    talk.ready()
    assert 'last user message: "wanted"' in talk.say("wanted")


def test_ctrl_d_leaves_with_the_totals(terminal: StartTerminal) -> None:
    talk = terminal(*SIM)
    talk.say("sim:tokens=1000")
    shown, code = talk.leave(CTRL_D)
    assert code == 0
    assert re.search(r"^sim: 1 calls · [\d,]+ in / 1,000 out · \$0\.0000$", shown, re.MULTILINE)
    assert re.search(r"^total: 1 calls · [\d,]+ in / 1,000 out · \$0\.0000$", shown, re.MULTILINE)
    assert re.search(r"^latency: p50 \d+\.\d\d s, p95 \d+\.\d\d s$", shown, re.MULTILINE)


@pytest.mark.parametrize("word", ["/quit", "quit", " quit "])
def test_quit_leaves(terminal: StartTerminal, word: str) -> None:
    shown, code = terminal(*SIM).leave(word + ENTER)
    assert code == 0
    assert "total: 0 calls" in shown


def test_sigterm_leaves_and_still_writes_what_was_asked_for(terminal: StartTerminal, isolated: Path) -> None:
    talk = terminal(*SIM, "--save-on-exit", "talk.json")
    talk.say("sim:echo one")
    talk.signal(signal.SIGTERM)
    _, code = talk.end()
    assert code == 143
    assert [turn.answer for turn in read(isolated / "talk.json").conversation.turns] == ["one"]


def test_only_answers_go_to_a_redirected_stdout(terminal: StartTerminal, isolated: Path) -> None:
    talk = terminal(*SIM, after="> out")
    shown = talk.say("sim:echo one") + talk.say("sim:echo two") + talk.say("/stats")
    assert re.search(STATUS, shown)
    assert "\none\n" not in shown
    talk.leave()
    assert (isolated / "out").read_bytes() == b"one\ntwo\n"


def test_with_stderr_redirected_only_the_answers_are_at_the_terminal(isolated: Path) -> None:
    talk = Terminal(*SIM, after="2> err")
    talk.type("sim:echo one" + ENTER)
    shown = talk.see("\r\none\r\n")
    deadline = time.monotonic() + WAIT_S
    while not re.search(STATUS + r"\n>", (isolated / "err").read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    more, code = talk.leave()
    assert (code, more) == (0, "")
    assert "tokens: " not in shown
    assert re.search(STATUS, (isolated / "err").read_text())


def test_control_characters_in_an_answer_are_shown_not_obeyed(terminal: StartTerminal, isolated: Path) -> None:
    (isolated / "evil").write_text("sim:echo \x1b]0;title\x07")
    talk = terminal(*SIM)
    talk.say("/file evil")
    assert "\n\\x1b]0;title\\x07\n" in talk.say("hi")


def test_typed_bytes_that_are_no_utf8_do_not_end_the_program(terminal: StartTerminal) -> None:
    talk = terminal(*SIM)
    talk.type_bytes(b"sim:echo caf\xe9\r")
    assert "\ncaf?\n" in talk.ready()
    assert talk.leave()[1] == 0


def test_a_failed_turn_says_so_leaves_the_history_and_goes_on(
    terminal: StartTerminal, start_sim: StartSim, use_sim: UseSim
) -> None:
    use_sim(start_sim("429,retry-after=0,times=2"))
    talk = terminal("-m", "claude-haiku-5-5", "--retries", "1")
    shown = talk.say("sim:echo now")
    assert re.search(r"^llmcli: anthropic is limiting the rate \(429\)", shown, re.MULTILINE)
    assert "the conversation is as it was before this turn; /retry asks again" in shown
    assert "sim: 1 message," in talk.say("hello")


def test_a_connection_that_breaks_amid_an_answer_leaves_the_history(
    terminal: StartTerminal, start_sim: StartSim, use_sim: UseSim
) -> None:
    use_sim(start_sim("drop-midstream,times=1"))
    talk = terminal("-m", "claude-haiku-5-5")
    shown = talk.say("sim:tokens=40")
    assert "the answer broke off" in shown
    assert "the conversation is as it was before this turn" in shown
    assert "sim: 1 message," in talk.say("hello")


def test_an_answer_cut_at_the_token_limit_is_told_and_kept(terminal: StartTerminal) -> None:
    talk = terminal(*SIM, "--max-tokens", "30")
    shown = talk.say("sim:tokens=40")
    assert "llmcli: the answer was cut at the token limit: raise --max-tokens" in shown
    assert "as it was before" not in shown
    assert "sim: 3 messages" in talk.say("hello")


def test_without_a_key_the_conversation_can_still_be_rescued(terminal: StartTerminal) -> None:
    """The question is kept for /retry once a model that works is chosen."""
    talk = terminal(*SIM)
    talk.say("sim:echo before")
    talk.say("/model claude-haiku-5-5")
    assert "llmcli: " in talk.say("sim:echo the question")
    talk.say("/model sim")
    assert "\nthe question\n" in talk.say("/retry")


class TestCommands:
    """Slash commands and bare words."""

    def test_help_names_every_command(self, terminal: StartTerminal) -> None:
        shown = terminal(*SIM).say("/help")
        for name in ("quit", "reset", "stats", "model", "system", "save", "load", "undo", "retry", "file"):
            assert f"/{name}" in shown
        for name in ("window", "tokens"):
            assert f"/{name}" in shown

    def test_an_unknown_command_is_told_not_sent(self, terminal: StartTerminal) -> None:
        shown = terminal(*SIM).say("/frobnicate now")
        assert 'llmcli: unknown command "/frobnicate": /help lists them' in shown
        assert "tokens:" not in shown

    @pytest.mark.parametrize("command", ["/reset", "reset"])
    def test_reset_forgets_the_history_and_keeps_the_totals(self, terminal: StartTerminal, command: str) -> None:
        talk = terminal(*SIM)
        talk.say("one")
        talk.say(command)
        assert "sim: 1 message," in talk.say("two")
        assert "total: 2 calls" in talk.say("/stats")

    @pytest.mark.parametrize("command", ["/stats", "stats"])
    def test_stats_counts_each_model_and_all_together(self, terminal: StartTerminal, command: str) -> None:
        talk = terminal(*SIM)
        talk.say("sim:tokens=5")
        shown = talk.say(command)
        assert re.search(r"^sim: 1 calls · \d+ in / 5 out · \$0\.0000\ntotal: 1 calls", shown, re.MULTILINE)
        assert "latency: p50 " in shown

    @pytest.mark.parametrize("command", ["/model", "!model"])
    def test_model_changes_who_answers_from_now_on(
        self, terminal: StartTerminal, start_sim: StartSim, use_sim: UseSim, command: str
    ) -> None:
        """Across vendors, with the history of the other."""
        use_sim(start_sim())
        talk = terminal(*SIM)
        talk.say("sim:echo one")
        for model, provider in (("claude-haiku-5-5", "anthropic"), ("gpt-6-luna", "openai")):
            assert f"{provider}/{model} from now on" in talk.say(f"{command} {model}")
            talk.say("sim:echo more")
        assert "sim: 7 messages" in talk.say("hello")
        shown = talk.say("/stats")
        assert re.search(
            r"^sim: 1 calls.*\nclaude-haiku-5-5: 1 calls.*\ngpt-6-luna: 2 calls.*\ntotal: 4 calls", shown, re.MULTILINE
        )
        assert "gpt-6-luna" in talk.say("/model")

    def test_a_model_that_does_not_exist_changes_nothing(self, terminal: StartTerminal) -> None:
        talk = terminal(*SIM)
        assert 'unknown model "nope"' in talk.say("/model nope")
        assert "\nfine\n" in talk.say("sim:echo fine")

    def test_system_changes_and_shows_the_system_text(self, terminal: StartTerminal) -> None:
        talk = terminal(*SIM)
        assert "You are a helpful assistant" in talk.say("/system")
        talk.say("/system be very brief")
        assert 'system: "be very brief"' in talk.say("hello")

    def test_save_and_load_are_a_round_trip(self, terminal: StartTerminal, isolated: Path) -> None:
        talk = terminal(*SIM)
        talk.say("sim:echo one")
        assert "saved to my talk.json" in talk.say("/save my talk.json")
        assert stat.S_IMODE((isolated / "my talk.json").stat().st_mode) == 0o600
        talk.say("/reset")
        assert "1 turns" in talk.say("/load my talk.json")
        assert "sim: 3 messages" in talk.say("hello")

    @pytest.mark.parametrize(
        ("command", "said"),
        [
            ("/save", "/save needs a file name"),
            ("/load", "/load needs a file name"),
            ("/file", "/file needs a file name"),
            ("/load missing.json", "cannot read missing.json"),
            ("/save no/such/folder/x", "cannot write no/such/folder/x"),
            ("/file missing.txt", "cannot read missing.txt"),
            ("/window many", '"many" is no number of turns'),
            ("/retry", "there is no question to ask again"),
            ("/undo", "nothing to take back"),
        ],
    )
    def test_a_command_that_cannot_be_done_says_why_and_goes_on(
        self, terminal: StartTerminal, command: str, said: str
    ) -> None:
        talk = terminal(*SIM)
        assert said in talk.say(command)
        assert "\nstill here\n" in talk.say("sim:echo still here")

    def test_undo_takes_back_the_last_turn(self, terminal: StartTerminal) -> None:
        talk = terminal(*SIM)
        talk.say("first")
        talk.say("second")
        assert "taken back: second" in talk.say("/undo")
        assert "sim: 3 messages" in talk.say("third")

    def test_retry_asks_the_last_question_again(self, terminal: StartTerminal) -> None:
        talk = terminal(*SIM)
        talk.say("first")
        shown = talk.say("/retry")
        assert "sim: 1 message," in shown
        assert 'last user message: "first"' in shown
        assert "sim: 3 messages" in talk.say("second")

    def test_retry_that_fails_keeps_the_answer_that_was_there(self, terminal: StartTerminal, isolated: Path) -> None:
        talk = terminal(*SIM, "--save-on-exit", "talk.json")
        talk.say("sim:echo one")
        talk.say("/model claude-haiku-5-5")
        assert "llmcli: " in talk.say("/retry")
        talk.leave()
        assert [turn.answer for turn in read(isolated / "talk.json").conversation.turns] == ["one"]

    def test_file_goes_with_the_next_message(self, terminal: StartTerminal, isolated: Path) -> None:
        (isolated / "my notes").write_text("the answer is 42")
        talk = terminal(*SIM, "--save-on-exit", "talk.json")
        assert "my notes goes with the next message" in talk.say("/file my notes")
        talk.say("sim:stop=refusal")
        talk.say("what is it?")
        talk.say("sure?")
        talk.leave()
        first, second = read(isolated / "talk.json").conversation.turns
        assert first.user.text == '<file name="my notes">\nthe answer is 42\n</file>\n\nwhat is it?'
        assert second.user.text == "sure?"

    def test_window_limits_what_is_sent(self, terminal: StartTerminal) -> None:
        talk = terminal(*SIM)
        for number in range(3):
            talk.say(f"message {number}")
        assert "sending the last 1 turns" in talk.say("/window 1")
        assert "sim: 3 messages" in talk.say("hello")
        assert "sending all that fits" in talk.say("/window 0")
        assert "sim: 9 messages" in talk.say("hello")

    def test_tokens_says_how_long_the_history_is(self, terminal: StartTerminal) -> None:
        talk = terminal(*SIM)
        talk.say("sim:tokens=400")
        shown = talk.say("/tokens")
        found = re.search(r"history: about ([\d,]+) tokens of the model's 200,000, 1 turns", shown)
        assert found
        assert 300 < int(found[1]) < 700

    def test_stats_shows_the_summary(self, terminal: StartTerminal) -> None:
        talk = terminal(*SIM, "--window", "summarize", "--window-turns", "2")
        for number in range(4):
            talk.say(f"message {number}")
        assert re.search(r"^summary of the first \d turns: sim: 1 message", talk.say("/stats"), re.MULTILINE)


class TestSessions:
    """`--session` at a terminal."""

    def test_a_session_is_kept_after_every_turn(self, terminal: StartTerminal, state_dir: Path) -> None:
        talk = terminal(*SIM, "--session", "s")
        file = state_dir / "sessions" / "s.json"
        for count in (1, 2):
            talk.say("hello")
            assert len(read(file).conversation.turns) == count
        talk.say("/undo")
        assert len(read(file).conversation.turns) == 1
        talk.say("/system be brief")
        assert read(file).conversation.system == "be brief"
        talk.say("/reset")
        assert read(file).conversation.turns == []

    def test_what_another_process_said_meanwhile_is_part_of_the_conversation(
        self, terminal: StartTerminal, run_here: RunLlmcli
    ) -> None:
        talk = terminal(*SIM, "--session", "s")
        talk.say("one")
        assert run_here("chat", *SIM, "--session", "s", "two").code == 0
        assert "sim: 5 messages" in talk.say("three")
        assert len(run_here("chat", "--show", "s", "--json").json["conversation"]["turns"]) == 3

    def test_waiting_at_the_prompt_does_not_hold_the_session(
        self, terminal: StartTerminal, run_here: RunLlmcli
    ) -> None:
        terminal(*SIM, "--session", "s").say("one")
        began = time.monotonic()
        assert "sim: 3 messages" in run_here("chat", *SIM, "--session", "s", "two").out
        assert time.monotonic() - began < 10

    def test_load_replaces_what_the_session_has(self, terminal: StartTerminal, isolated: Path, state_dir: Path) -> None:
        write(isolated / "other.json", SessionFile(conversation(3)))
        talk = terminal(*SIM, "--session", "s")
        talk.say("one")
        talk.say("/load other.json")
        kept = json.loads((state_dir / "sessions" / "s.json").read_bytes())["conversation"]
        assert [turn["answer"][:2] for turn in kept["turns"]] == ["a0", "a1", "a2"]
