"""`llmcli.ask`: the command's ways, with values and exceptions instead of streams and exit codes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

import llmcli
from llmcli.config.schema import paths_by_name
from llmcli.library.options import Options

from ..helpers import ledger_rows

# Of the settings: what is an argument of its own, and what is about a stream that a function does not read.
NO_KEYWORD = {"model", "system", "stdin", "stdin_as"}
NO_SETTING = {"tags", "headers", "parameters", "show_reasoning", "json_object", "by_url", "allow_unknown_price"}


def test_an_answer_is_its_text_with_what_it_took(isolated: Path, capfd: pytest.CaptureFixture[str]) -> None:
    answer = llmcli.ask("sim:echo Hello", model="sim")
    assert (str(answer), answer.text) == ("Hello", "Hello")
    assert (answer.model, answer.model_resolved, answer.provider) == ("sim", "sim", "sim")
    assert (answer.stop_reason, answer.cost_usd, answer.cost_basis) == ("end_turn", Decimal(0), "measured")
    assert answer.usage.input_tokens
    assert (answer.attempts, answer.request_id) == (1, None)
    assert capfd.readouterr() == ("", "")


def test_a_call_is_in_the_ledger_as_the_commands_are(state_dir: Path) -> None:
    llmcli.ask("hi", model="sim", tags={"team": "web"}, profile=None)
    [row] = ledger_rows(state_dir)
    assert (row["command"], row["status"], row["tags"]) == ("ask", "ok", '{"team": "web"}')


def test_an_answer_that_is_cut_is_raised_with_what_arrived(isolated: Path) -> None:
    with pytest.raises(llmcli.TruncatedError, match="token limit") as caught:
        llmcli.ask("sim:tokens=50", model="sim", max_tokens=3)
    assert caught.value.exit_code is llmcli.ExitCode.TRUNCATED
    assert caught.value.answer is not None
    assert caught.value.answer.text == "The quick brown"
    assert caught.value.answer.usage.output_tokens == 3


def test_settings_come_from_keyword_environment_and_file(user_config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order that the command has."""
    user_config.write_text('model = "sim"\nmax_tokens = 2\n', encoding="utf-8")

    def tokens(**options: int) -> int | None:
        with pytest.raises(llmcli.TruncatedError) as caught:
            llmcli.ask("sim:tokens=50", max_tokens=options.get("max_tokens"))
        return caught.value.answer.usage.output_tokens if caught.value.answer else None

    assert tokens() == 2
    monkeypatch.setenv("LLMCLI_MAX_TOKENS", "3")
    assert tokens() == 3
    assert tokens(max_tokens=4) == 4


def test_every_setting_is_a_keyword() -> None:
    assert Options.__optional_keys__ == (paths_by_name().keys() - NO_KEYWORD) | NO_SETTING


def test_files_and_system_text_are_part_of_the_request(isolated: Path) -> None:
    (isolated / "a.txt").write_text("sim:echo from the file", encoding="utf-8")
    plain = llmcli.ask("hi", model="sim")
    assert llmcli.ask(model="sim", files=["a.txt"]).text.startswith("from the file")
    assert llmcli.ask("x", model="sim", files=[isolated / "a.txt"]).text.startswith("from the file")
    told = llmcli.ask("hi", model="sim", system="@a.txt is no file here, but text")
    assert (told.usage.input_tokens or 0) > (plain.usage.input_tokens or 0)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: llmcli.ask(" ", model="sim"), "the prompt is empty"),
        (lambda: llmcli.ask("hi", model="sim", files=["none.txt"]), "cannot read none.txt"),
        (lambda: llmcli.ask("hi", model="sim", files=["-"]), "stdin"),
        (lambda: llmcli.ask("hi", model="sim", max_tokens=0), 'max_tokens: "max_tokens" must be'),
        (lambda: llmcli.ask("hi", model="sim", timeout_s="soon"), 'timeout_s: "timeout_s" must be'),
        (lambda: llmcli.ask("hi", model="sim", headers={"x": "tëxt"}), "characters that no header has"),
        (lambda: llmcli.ask("hi", model="sim", parameters={"stream": True}), "llmcli.stream"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(isolated: Path, call: Callable[[], object], says: str) -> None:
    """Before anything is sent."""
    with pytest.raises(llmcli.UsageError) as caught:
        call()
    assert says in caught.value.line()
    assert not (isolated.parent / "home" / "state").exists()


def test_errors_are_those_of_the_commands(user_config: Path) -> None:
    user_config.write_text('[providers.x]\nkey_env = ""\nbase_url = "http://127.0.0.1:1"\n', encoding="utf-8")
    with pytest.raises(llmcli.AuthError, match="no model was named and no key is set"):
        llmcli.ask("hi")
    with pytest.raises(llmcli.ConfigError, match="unknown model"):
        llmcli.ask("hi", model="no-such")
    with pytest.raises(llmcli.BudgetError, match="nobody knows"):
        llmcli.ask("hi", model="x/y", max_cost_usd="0.01")


def test_an_unknown_keyword_is_a_type_error() -> None:
    with pytest.raises(
        TypeError, match=r"ask\(\) got an unexpected keyword argument 'max_token', did you mean max_tok"
    ):
        llmcli.ask("hi", model="sim", max_token=5)  # type: ignore[call-arg]


def test_what_a_person_would_be_told_goes_to_the_log(
    isolated: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCLI_MAX_TOKEN", "5")
    (isolated / "file").touch()
    llmcli.ask("hi", model="sim", state_dir=isolated / "file")
    said = [(record.name, record.levelno, record.getMessage()) for record in caplog.records]
    assert [each[:2] for each in said] == [("llmcli", logging.WARNING)] * 2
    assert "LLMCLI_MAX_TOKEN is not a setting" in said[0][2]
    assert "this run is not recorded" in said[1][2]
    assert capfd.readouterr() == ("", "")


def test_it_works_where_an_event_loop_is_running(isolated: Path) -> None:
    """As in a notebook, and in a coroutine that can afford to wait."""

    async def main() -> tuple[str, str]:
        aside = await asyncio.to_thread(llmcli.ask, "sim:echo one", model="sim")
        with llmcli.stream("sim:echo two", model="sim") as pieces:
            return aside.text, "".join(pieces)

    assert asyncio.run(main()) == ("one", "two")


def test_many_threads_may_ask_at_once(state_dir: Path) -> None:
    def ask(number: int) -> str:
        return llmcli.ask(f"sim:echo {number}", model="sim").text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(24))) == [str(number) for number in range(24)]
    assert [row["status"] for row in ledger_rows(state_dir)] == ["ok"] * 24
