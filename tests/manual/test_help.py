"""Each command's help answers what a person asks: what it is for, how it is used, how it can end."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

from llmcli.commands.manual import Example, manual
from llmcli.errors import ExitCode

from ..helpers import RunLlmcli
from .machine import PATIENCE_S, Machine, Ran
from .tree import CONTEXTS

WIDTH = 80


LEAVES = [path for path, context in CONTEXTS.items() if not hasattr(context.command, "commands")]
EXAMPLES = [(path, number) for path in CONTEXTS for number in range(len(manual(path).examples))]


def help_of(run_here: RunLlmcli, capsys: pytest.CaptureFixture[str], path: str) -> str:
    assert run_here(*path.split()[1:], "--help", env={"COLUMNS": str(WIDTH)}).code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("path", CONTEXTS)
def test_help_has_all_it_should_and_fits_the_screen(
    path: str, run_here: RunLlmcli, capsys: pytest.CaptureFixture[str]
) -> None:
    """Usage, a summary of one line, sections, three examples, exit codes: nothing wider than 80 columns."""
    lines = help_of(run_here, capsys, path).splitlines()
    assert lines[0].startswith("Usage: llmcli")
    assert re.fullmatch(r"  [A-Z].*\.", lines[2]), "a summary of one line"
    assert lines[3] == ""
    assert sum(line.startswith("  # ") for line in lines) == 3
    assert [line for line in lines if len(line) > WIDTH or line != line.rstrip()] == []
    assert [line for line in lines if line.endswith("...") and "[" not in line] == [], "no summary is cut"
    assert lines.index("General:") < lines.index("Examples:") < lines.index("Exit codes:")


@pytest.mark.parametrize("path", LEAVES)
def test_options_stand_in_groups_none_of_which_is_a_wall(
    path: str, run_here: RunLlmcli, capsys: pytest.CaptureFixture[str]
) -> None:
    text = help_of(run_here, capsys, path)
    groups = re.findall(r"^([A-Z][a-z ]+):\n((?:  .*\n)+)", text, re.MULTILINE)
    counts = {heading: len(re.findall(r"^  -", body, re.MULTILINE)) for heading, body in groups}
    assert max(counts.values()) <= 12
    assert sum(counts.values()) == text.count("\n  -"), "no option stands outside of a group"
    assert counts["General"] == 4


# Its examples


def run_example(machine: Machine, example: Example) -> Ran:
    """Run it in bash. A server, which does not end by itself, is ended once it has said its port."""
    if "sim serve" not in example.command:
        return machine.run(example.command)
    command = re.sub(r"--port \d+", "--port 0", example.command)
    server = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=machine.project,
        env=machine.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    first = server.stdout.readline()
    assert 0 < int(first) < 65536
    server.send_signal(signal.SIGTERM)
    rest, errors = server.communicate(timeout=PATIENCE_S)
    assert (server.returncode, errors) == (ExitCode.SIGTERM, "llmcli: terminated\n")
    return Ran(0, first + rest, "", machine.project)


def prepared(machine: Machine, path: str) -> Machine:
    """With the files that the examples of a page take for granted."""
    machine.program(machine.programs / "vi", "-c", "import sys; print(open(sys.argv[1]).read())")
    if "config" in path:
        (machine.project / "llmcli.toml").write_text("retries = 5\n")
    if path == "llmcli config trust":
        machine.run("llmcli config trust")
    if path == "llmcli batch status":
        machine.run(manual(path).examples[0].command)
    if path == "llmcli batch":
        machine.run(manual(path).examples[1].command)
    return machine


@pytest.mark.parametrize(("path", "number"), EXAMPLES, ids=[f"{path} {number}" for path, number in EXAMPLES])
def test_an_example_runs_as_it_stands(path: str, number: int, machine: Machine) -> None:
    """Without a key and without a network, from bash: it ends well and gives something."""
    example = manual(path).examples[number]
    before = set(machine.project.iterdir())
    ran = run_example(prepared(machine, path), example)
    assert (ran.exit_code, "Traceback" in ran.stderr) == (0, False), ran.stderr
    # Nothing is there yet, or nothing is to be printed.
    quiet = any(word in example.command for word in ("--list", "cost log", "source", "install"))
    assert ran.stdout or set(machine.project.iterdir()) > before or quiet


# Its exit codes


def test_an_exit_code_is_told_with_the_commands_own_words(
    run_here: RunLlmcli, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = " ".join(help_of(run_here, capsys, "llmcli count-tokens").partition("Exit codes:")[2].split())
    assert codes.startswith("0 ok, 1 bug, 2 usage, 3 config, 4 auth, 5 rate limited (")
    assert "11 budget (it is more than --max), 130 sigint" in codes
    assert "7 rejected" not in codes


WAYS_TO_FAIL = [
    (("--nope",), {}, b""),
    (("--profile", "nope"), {}, b"x"),
    (("-m", "claude-haiku-5-5"), {}, b"x"),
    (("-m", "sim", "-f", "missing"), {}, b"x"),
    (("-m", "sim"), {}, b"sim:stop=refusal"),
    (("-m", "sim"), {"LLMCLI_MAX_TOKENS": "3"}, b"sim:tokens=9"),
    (("-m", "sim", "--json-object"), {}, b"sim:say=no"),
    (("-m", "sim", "--max-cost", "nope"), {}, b"x"),
]
BY_COMMAND = {
    "ask": (),
    "stream": (),
    "chat": (),
    "extract": ("--schema", "name"),
    "batch": ("--lines", "--progress", "none"),
    "count-tokens": ("--exact",),
}


@pytest.mark.parametrize("name", BY_COMMAND)
def test_no_command_ends_with_a_code_that_its_help_does_not_list(name: str, run_here: RunLlmcli) -> None:
    """Whatever goes wrong, it is one of those; and several are met."""
    listed = manual(f"llmcli {name}").codes
    met = {run_here(name, *BY_COMMAND[name], *given, env=env, input=sent).code for given, env, sent in WAYS_TO_FAIL}
    assert met <= set(listed)
    assert len(met) >= 3


def test_no_page_is_about_a_command_that_is_gone() -> None:
    folder = Path(manual.__code__.co_filename).parent
    names = {path.removeprefix("llmcli ").replace(" ", "-") for path in CONTEXTS}
    assert {file.stem for file in folder.glob("*.txt")} == names
