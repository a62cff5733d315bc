"""Nothing that a model, a server, a file or its name says can command the terminal or pass for something else."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest

from llmcli.app import App
from llmcli.cli import run
from llmcli.errors import one_line, visible
from llmcli.render import to_json
from llmcli.streams import Streams

from ..contract.servers import RawServer, http_answer
from ..helpers import RunLlmcli

# Colours, titles, clipboard, cursor, device reports; C1 forms of the same; Bell, backspace, delete; line drawing.
COMMANDS = (
    "\x1b[31m \x1b]0;t\x07 \x1b]52;c;eA==\x1b\\ \x1b[2J \x1b[6n \x9b2J \x9d0;t\x9c \x90q\x9c \a \b \r \x7f \x0e \x1bc"
)
# What changes how a line reads without a control character.
DECEIVERS = "\u202e \u2066 \u2069 \u200b \u200f \u2028 \u2029 \ufeff \u00ad \U000e0041"


def at_terminal(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """A run whose three streams are terminals: exit code, stdout, stderr."""
    out, err = BytesIO(), BytesIO()
    app = App(Streams(BytesIO(stdin), out, err, stdin_is_tty=True, stdout_is_tty=True, stderr_is_tty=True))
    code = run(arguments, app)
    app.close()
    return int(code), out.getvalue().decode(), err.getvalue().decode()


def assert_harmless(text: str) -> None:
    assert [char for char in text if ord(char) < 0x20 and char not in "\n\t"] == []
    assert [char for char in text if 0x7F <= ord(char) < 0xA0] == []


@pytest.mark.parametrize("json_flag", [(), ("--json",)])
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_an_answer_commands_no_terminal(command: str, json_flag: tuple[str, ...], isolated: Path) -> None:
    code, out, err = at_terminal(command, "-n", "-m", "sim", f"sim:echo {COMMANDS}", *json_flag)
    assert code == 0
    assert_harmless(out + err)
    assert ("\\x1b[31m" in out) or ("\\u001b[31m" in out) or ("u001b" in out)


def test_json_is_json_at_a_terminal_too(isolated: Path) -> None:
    """All that a terminal obeys is escaped as JSON has it, so that nothing is left to be changed."""
    text = COMMANDS + DECEIVERS
    assert json.loads(to_json({"text": text})) == {"text": text}
    assert_harmless(to_json({"text": text}))
    assert visible(to_json({"text": text})) == to_json({"text": text})
    code, out, _ = at_terminal("ask", "-n", "-m", "sim", f"sim:echo {COMMANDS}", "--json")
    assert code == 0
    assert COMMANDS.split()[0] in json.loads(out)["text"]


def test_reasoning_and_chat_are_no_less_harmless(isolated: Path, user_config: Path) -> None:
    body = {
        "id": "m", "type": "message", "role": "assistant", "model": f"m{COMMANDS}", "stop_reason": "end_turn",
        "content": [{"type": "thinking", "thinking": COMMANDS, "signature": "s"}, {"type": "text", "text": COMMANDS}],
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip
    with RawServer(http_answer(200, body, {"request-id": "r\x1b\x9b"})) as server:
        user_config.write_text(
            f'[providers.x]\nkind = "anthropic"\nbase_url = "{server.root}"\nkey_env = ""\n', encoding="utf-8"
        )
        code, out, err = at_terminal("ask", "-n", "hi", "-m", "x/y", "--show-reasoning", "-v")
    assert code == 0
    assert_harmless(out + err)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_an_error_of_a_server_is_one_plain_line(status: int, isolated: Path, user_config: Path) -> None:
    message = f"{COMMANDS}{DECEIVERS}\nllmcli: all is well"
    with RawServer(http_answer(status, {"error": {"message": message, "type": COMMANDS, "code": COMMANDS}})) as server:
        user_config.write_text(f'[providers.x]\nbase_url = "{server.root}"\nkey_env = ""\n')
        _, out, err = at_terminal("ask", "-n", "hi", "-m", "x/y", "--retries", "0")
    assert out == ""
    assert err.count("\n") == 1
    assert err[:-1].isprintable()


NAMES = {
    "model": "-m",
    "profile": "--profile",
    "file": "-f",
    "schema": "--schema",
    "tool": "--tool",
    "url": "--base-url",
}


@pytest.mark.parametrize("option", NAMES)
def test_a_name_that_cannot_be_used_is_told_on_one_plain_line(option: str, isolated: Path) -> None:
    command = "extract" if option == "schema" else "ask"
    name = f"/{COMMANDS}{DECEIVERS}\nllmcli: all is well"
    more = () if option == "model" else ("-m", "sim" if option != "url" else "gpt-6-luna")
    code, out, err = at_terminal(command, "-n", "hi", NAMES[option], name, *more)
    assert code in (2, 3, 4)
    assert out == ""
    assert err[:-1].isprintable()


@pytest.mark.parametrize(
    "text",
    [
        '"\\u001b[31m\\u202e" = 1',
        'max_tokens = "\\u001b[31m\\u202e\\n"',
        '[providers."\\u001b\\u202e\\n"]\nbase_url = 5',
        'profile = "\\u001b[31m\\u202e\\nx"',
        'model = "\\u001b[31m\\u202e\\nx"',
    ],
)
def test_a_checkouts_settings_are_told_on_one_plain_line(text: str, isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text(text)
    code, out, err = at_terminal("ask", "-n", "hi")
    assert (code, out) == (3, "")
    assert err[:-1].isprintable()


def test_settings_are_shown_without_commands(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = isolated / "a\x1b[31m\nmodel = 'sim'"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "llmcli.toml").write_text('system = "\\u001b[31m\\u009b\\u202e"\n[aliases]\n"\\u001b\\n" = "sim"\n')
    for command in (("config", "show", "--origin"), ("config", "show", "--json", "--origin"), ("config", "path")):
        code, out, err = at_terminal(*command)
        assert code == 0
        assert_harmless(out + err)
        assert "\nmodel = 'sim'" not in out


def test_file_names_cannot_forge_a_line_of_a_count(isolated: Path) -> None:
    names = ["a\x1b[31m", "b\n999999  total", "c\u202e"]
    for name in names:
        (isolated / name).write_text("words")
    files = [word for name in names for word in ("-f", name)]
    code, out, err = at_terminal("count-tokens", "-n", "--offline", "-m", "sim", *files)
    assert code == 0
    assert_harmless(out + err)
    assert len(out.splitlines()) == len(names) + 2


def test_a_models_name_cannot_forge_a_row_of_a_report(isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text('[aliases]\n"x\\u001b[31m\\nforged  999" = "sim"\n')
    assert at_terminal("ask", "-n", "hi", "-m", "x\x1b[31m\nforged  999")[0] == 0
    code, out, err = at_terminal("cost", "report", "--by", "model")
    assert code == 0
    assert_harmless(out + err)
    assert not any(line.startswith("forged") for line in out.splitlines())


def test_a_session_is_shown_and_listed_without_commands(isolated: Path, state_dir: Path) -> None:
    assert at_terminal("chat", "-m", "sim", "-n", f"sim:echo {COMMANDS}", "--session", "talk")[0] == 0
    for command in (("chat", "--show", "talk"), ("chat", "--show", "talk", "--json"), ("chat", "--list")):
        code, out, err = at_terminal(*command)
        assert code == 0
        assert_harmless(out + err)


CALL = {"cmd": f"safe{COMMANDS}{DECEIVERS}\n[y/N] y"}


def test_what_is_asked_before_a_tool_runs_is_what_would_run(isolated: Path) -> None:
    """One line, without anything invisible, and without moving anything out of sight."""
    tool = {"name": "t", "description": "d", "input_schema": {"type": "object"}, "command": ["cat", "\x1b[2J\u202e"]}
    (isolated / "tool.json").write_text(json.dumps(tool))
    _, _, err = at_terminal(
        "ask", "-n", "-m", "sim", f"sim:call=t{json.dumps(CALL)}", "--tool", "tool.json", stdin=b"n\n"
    )
    question = err.partition(" [y/N] ")[0]
    assert question.startswith("run t ")
    assert question.isprintable()
    arguments, _, command = question.partition(" -> ")
    assert "\\u202e" in arguments
    assert "\\x1b[2J\\u202e" in command


def test_a_long_call_is_shown_with_its_beginning_and_its_end(isolated: Path) -> None:
    (isolated / "tool.json").write_text(
        json.dumps({"name": "t", "description": "d", "input_schema": {"type": "object"}, "command": ["cat"]})
    )
    call = json.dumps({"a": "begin" + "x" * 3000 + "end"})
    _, _, err = at_terminal("ask", "-n", "-m", "sim", f"sim:call=t{call}", "--tool", "tool.json", stdin=b"n\n")
    assert "begin" in err
    assert "end" in err
    assert " more … " in err


def test_batch_progress_and_errors_command_no_terminal(isolated: Path, user_config: Path) -> None:
    message = f"{COMMANDS}{DECEIVERS}[red]markup[/red][link=http://x]x[/link]"
    (isolated / "in.jsonl").write_text('{"prompt": "hi"}\n')
    with RawServer(http_answer(401, {"error": {"message": message, "type": "x"}})) as server:
        user_config.write_text(f'[providers.x]\nbase_url = "{server.root}"\nkey_env = ""\n')
        for style in ("plain", "json"):
            code, out, err = at_terminal("batch", "in.jsonl", "-m", "x/y", "--progress", style)
            assert code == 4
            assert_harmless(out + err)


def test_plain_text_stays_as_it_is_in_a_pipe(isolated: Path, run_here: RunLlmcli) -> None:
    """The next program gets the answer, not what a terminal is shown of it."""
    assert run_here("ask", "-n", "-m", "sim", f"sim:echo {COMMANDS}").out == f"{COMMANDS.strip()}\n"


def test_the_two_filters() -> None:
    every = "".join(map(chr, range(0x2100))) + DECEIVERS
    assert one_line(every).isprintable()
    assert_harmless(visible(every))
