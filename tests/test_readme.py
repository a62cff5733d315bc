"""The README is a promise: its commands run, its tables are true, its options and settings exist.

Everything is parsed out of README.md, nothing is copied from it. Its one-liners run unchanged in bash, against
`llmcli sim serve`. Files made for them hold words that steer the simulator (`sim:echo`, `sim:code`), so that a test
can tell from the answer that the file arrived.
"""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

import llmcli
from llmcli.config import CONFIG_VARIABLE, load
from llmcli.config.schema import flatten
from llmcli.config.settings import BUILT_IN_PROVIDERS
from llmcli.config.sources import ENV_PREFIX, unknown_variables
from llmcli.errors import ExitCode
from llmcli.models import DEFAULT_MODELS, route
from llmcli.sim.faults import parse_fault
from llmcli.sim.faults_file import load_faults

from .ledgers import Book, of_chance

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEST_MARKER = "<!-- test command: "
PATIENCE_S = 60
TROUBLE = "ERROR disk full on /data"

_FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


# Reading the README


def section(title: str) -> str:
    """The text below `## title`."""
    parts = re.split(r"^## (.+)\n", README, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title]


def blocks(text: str, language: str) -> list[str]:
    """The contents of the fenced blocks in this language, in order."""
    return [textwrap.dedent(match[3]).strip() for match in _FENCE.finditer(text) if match[2] == language]


def table(text: str) -> list[list[str]]:
    """The cells of the rows of the one table in `text`, without its head."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def inline_code(text: str) -> list[str]:
    """What stands between single backticks outside of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))


def one_liners() -> dict[str, str]:
    """The commands of the section, by the first two words of the comment above each."""
    entries = [entry.split("\n", 1) for entry in blocks(section("One-liners"), "sh")[0].split("\n\n")]
    assert all(comment.startswith("# ") for comment, _ in entries)
    return {" ".join(comment.split()[1:3]): command for comment, command in entries}


def crontab() -> str:
    """The crontab line."""
    (line,) = blocks(section("One-liners"), "crontab")
    return line


def main_command() -> str:
    """The first command: installs, and asks the simulator."""
    return blocks(section("Start"), "sh")[0]


def test_command() -> str:
    """The command that runs the tests."""
    return blocks(README[README.index(TEST_MARKER) :], "sh")[0]


test_command.__test__ = False  # type: ignore[attr-defined]


# A machine to run it on

GIT = """
import pathlib, sys
log = pathlib.Path(".git-log")
if sys.argv[1] == "diff":
    text = pathlib.Path("retry.py").read_text()
    print("diff --git a/retry.py b/retry.py\\n" + "".join("+" + line for line in text.splitlines(True)), end="")
if sys.argv[1] == "commit":
    log.write_text(sys.argv[sys.argv.index("-m") + 1])
if sys.argv[1] == "log":
    print(log.read_text().strip())
"""
JQ = """
import functools, json, sys
flag, paths = sys.argv[1:]
assert flag == "-r"
value = json.load(sys.stdin)
for path in paths.split(","):
    print(functools.reduce(lambda part, name: part[name], path.strip(" .").split("."), value))
"""
STAND_INS = {"git": GIT, "jq": JQ}
"""Enough of programs that a machine with only Python lacks; the real ones are used where they are."""


@dataclass(frozen=True)
class Ran:
    """How a command line ended, where it ran, and the prompts that reached the simulator."""

    exit_code: int
    stdout: str
    stderr: str
    folder: Path
    prompts: tuple[str, ...] = ()


class Machine:
    """A home directory, a project in it, and a PATH on which `llmcli` is the one under test."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.project = self.home / "project"
        self.programs = folder / "bin"
        self.log = folder / "requests.jsonl"
        for each in (self.project, self.programs):
            each.mkdir(parents=True)
        self.program(self.programs / "llmcli", "-m", "llmcli")
        self.program(self.programs / "python3")
        for name, source in STAND_INS.items():
            if shutil.which(name) is None:
                self.program(self.programs / name, "-c", source)

    def program(self, path: Path, *arguments: str) -> None:
        """Put a program at `path` that is this Python with these arguments first."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, *arguments])} "$@"\n', encoding="utf-8")
        path.chmod(0o755)

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of a user who has set nothing but `more`."""
        personal = re.compile(r"LLMCLI_|XDG_|GIT_|\w+_API_KEY$")
        inherited = {name: value for name, value in os.environ.items() if not personal.match(name)}
        own = {
            "HOME": str(self.home),
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_EDITOR": "true",
        }
        people = {f"GIT_{who}_{what}": "a@b.test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return inherited | own | people | more

    def run(self, line: str, folder: Path | None = None, shell: str = "bash", **environ: str) -> Ran:
        """Run a command line in a shell, as a script that has no terminal would."""
        place = folder or self.project
        done = subprocess.run(
            [shell, "-c", line],
            cwd=place,
            env=self.environ(**environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr, place, self._prompts())

    def _prompts(self) -> tuple[str, ...]:
        if not self.log.exists():
            return ()
        return tuple(json.loads(line)["prompt_start"] for line in self.log.read_text(encoding="utf-8").splitlines())

    @contextmanager
    def serving(self, line: str = "llmcli sim serve --port 0") -> Iterator[str]:
        """Run `sim serve` meanwhile; gives the port it chose."""
        command = f"exec {line} --log {shlex.quote(str(self.log))}"
        server = subprocess.Popen(["bash", "-c", command], env=self.environ(), stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            server.communicate(timeout=PATIENCE_S)

    def run_with_server(self, line: str, folder: Path | None = None, shell: str = "bash", fault: str = "") -> Ran:
        """Run a command line of a user whose default model is one of Anthropic's, at the simulator."""
        serve = "llmcli sim serve --port 0" + (f" --fault {fault}" if fault else "")
        with self.serving(serve) as port:
            return self.run(
                line,
                folder,
                shell,
                LLMCLI_MODEL="claude-haiku-5-5",
                LLMCLI_BASE_URL=f"http://127.0.0.1:{port}",
                LLMCLI_RETRIES="0",
                ANTHROPIC_API_KEY="test-key-123456",
            )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def project(machine: Machine) -> Machine:
    """A machine whose project has the files that the one-liners name."""
    log = [f"07:{number // 60:02}:{number % 60:02} INFO request served" for number in range(300)]
    files = {
        "retry.py": "WAIT_S = 1\n# sim:echo Wait a second before the second attempt\n",
        "app.log": "\n".join([*log, f"sim:echo {TROUBLE}", ""]),
        "build.py": "raise SystemExit('sim:echo no rule to make all')\n",
        "slug.py": "# sim:code\ndef slug(text): ...\n",
        "style.md": "Plain words.\n",
        "draft.md": "sim:echo A corrected draft.\n",
        "bugs.txt": "sim:echo login fails\nsim:echo typo in the footer\nsim:echo data is lost\n",
        "report.txt": "sim:echo Sales rose.\n",
        "CHANGELOG.md": "sim:echo 1.2.0 reads faster.\n",
    }
    for name, text in files.items():
        (machine.project / name).write_text(text, encoding="utf-8")
    prepared = machine.run("git init -q . && git add retry.py")
    assert prepared.exit_code == 0, prepared.stderr
    return machine


# What each one-liner must do; the keys are the first words of the comments in the README


def commit_message(ran: Ran, machine: Machine) -> None:
    assert ran.exit_code == 0
    assert machine.run("git log -1 --format=%s").stdout == "Wait a second before the second attempt\n"


def log_triage(ran: Ran, machine: Machine) -> None:
    assert (ran.exit_code, ran.stdout) == (0, f"{TROUBLE}\n")
    assert "07:01:41" in ran.prompts[0], "the last 200 lines, this being the first"
    assert "07:01:40" not in ran.prompts[0]


def failed_build(ran: Ran, machine: Machine) -> None:
    assert (ran.exit_code, ran.stdout) == (0, "no rule to make all\n")
    assert ran.prompts[0].startswith("Why ")


def changed_in_place(ran: Ran, machine: Machine) -> None:
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert (ran.folder / "slug.py").read_text() == "print('hello from sim')\n"


def proofread(ran: Ran, machine: Machine) -> None:
    assert ran.exit_code == 1, "diff found changes"
    assert "-sim:echo A corrected draft.\n+A corrected draft.\n" in ran.stdout
    assert ran.stderr == ""


def loop(ran: Ran, machine: Machine) -> None:
    assert (ran.exit_code, ran.stdout) == (0, "login fails\ntypo in the footer\ndata is lost\n")


def many_files(ran: Ran, machine: Machine) -> None:
    assert ran.exit_code == 0
    answers = {path.name: path.read_text().splitlines()[0] for path in ran.folder.glob("*.summary")}
    assert set(answers) == {"CHANGELOG.md.summary", "draft.md.summary", "style.md.summary"}
    assert answers["draft.md.summary"] == "A corrected draft."
    assert answers["CHANGELOG.md.summary"] == "1.2.0 reads faster."


def answer_and_cost(ran: Ran, machine: Machine) -> None:
    lines = ran.stdout.splitlines()
    assert (ran.exit_code, lines[0]) == (0, "Sales rose.")
    assert 0 < Decimal(lines[-1]) < 1


def release_notes(ran: Ran, machine: Machine) -> None:
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert (ran.folder / "notes.md").read_text().startswith("1.2.0 reads faster.\n")


CLAIMS: Mapping[str, Callable[[Ran, Machine], None]] = {
    "Write a": commit_message,
    "Find what": log_triage,
    "Explain a": failed_build,
    "Change a": changed_in_place,
    "Proofread by": proofread,
    "Ask once": loop,
    "Summarise many": many_files,
    "Take the": answer_and_cost,
    "CI step:": release_notes,
}


def test_every_one_liner_has_a_claim() -> None:
    """Ten with the crontab line, and none that nobody checks."""
    assert list(one_liners()) == list(CLAIMS)
    assert len(CLAIMS) + 1 == 10


@pytest.mark.parametrize("name", CLAIMS)
def test_a_one_liner_does_what_it_says(name: str, project: Machine) -> None:
    """Unchanged, from bash, with a real SDK and a real socket."""
    ran = project.run_with_server(one_liners()[name])
    assert "llmcli:" not in ran.stderr
    CLAIMS[name](ran, project)


@pytest.mark.parametrize(("fault", "exit_code"), [("503", 75), ("429", 75), ("400", 1), ("max-tokens", 1)])
def test_the_ci_step_tells_an_outage_from_a_failure(fault: str, exit_code: int, project: Machine) -> None:
    """The step ends with 75 if trying later may help, with 1 if not, and leaves the notes of the last run alone."""
    notes = project.project / "notes.md"
    notes.write_text("old\n")
    ran = project.run_with_server(one_liners()["CI step:"], fault=fault)
    assert (ran.exit_code, notes.read_text()) == (exit_code, "old\n")
    assert ran.stderr.startswith("llmcli: ")


def test_a_failure_leaves_the_source_file_alone(project: Machine) -> None:
    """The one-liner that changes a file in place says so."""
    source = project.project / "slug.py"
    before = source.read_text()
    ran = project.run_with_server(one_liners()["Change a"], fault="503")
    assert (ran.exit_code, source.read_text()) == (ExitCode.UNAVAILABLE, before)


def test_no_commit_without_a_message(project: Machine) -> None:
    """If the model cannot be reached, git gets an empty message and its own rule stops the commit."""
    ran = project.run_with_server(one_liners()["Write a"], fault="503")
    assert "503" in ran.stderr
    assert project.run("git log -1 --format=%s").stdout.strip() == ""


def test_the_crontab_line_writes_the_digest(project: Machine) -> None:
    """What cron would run with its small shell; a `%` would end the command there."""
    shutil.copy(project.project / "app.log", project.home)
    project.program(project.home / "llmcli" / ".venv" / "bin" / "llmcli", "-m", "llmcli")
    *times, command = crontab().split(maxsplit=5)
    assert all(re.fullmatch(r"[\d*,/-]+", field) for field in times)
    assert "%" not in command
    ran = project.run_with_server(command, folder=project.home, shell="sh")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "", "")
    assert (project.home / "digest.txt").read_text() == f"{TROUBLE}\n"


# The two commands


def test_the_first_command_asks_the_simulator(machine: Machine) -> None:
    """Its last part, after the installation, answers with no key and no network."""
    install, _, ask = main_command().rpartition(" && ")
    assert "-m venv .venv && .venv/bin/pip install" in install
    machine.program(machine.project / ".venv" / "bin" / "llmcli", "-m", "llmcli")
    ran = machine.run(ask)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert '"Say hello"' in ran.stdout


def test_both_commands_make_the_same_environment() -> None:
    """Each works alone, and the second after the first."""
    start = "python3 -m venv .venv && .venv/bin/pip install -q "
    assert main_command().startswith(start)
    assert test_command().startswith(start)
    assert ".venv/bin/pytest" in test_command()
    assert test_command() == blocks(section("Start"), "sh")[1]


def ci_run(machine: Machine, instead: str) -> Ran:
    """Run .ci/run in a project whose README has `instead` as its test command, with ruff and mypy that only echo."""
    (machine.project / "README.md").write_text(README.replace(test_command(), instead), encoding="utf-8")
    shutil.copytree(ROOT / ".ci", machine.project / ".ci")
    for name in ("ruff", "mypy"):
        machine.program(machine.project / ".venv" / "bin" / name, "-c", f"import sys; print('{name}', sys.argv[1:])")
    machine.program(machine.programs / "apt-get", "-c", "raise SystemExit('not in a test')")
    return machine.run(".ci/run", folder=machine.project)


def test_ci_runs_the_readmes_own_test_command(machine: Machine) -> None:
    """Another command in the README is another command in CI; then both checkers run."""
    ran = ci_run(machine, "python3 -c 'print(6 * 7)' && echo tested")
    said = [line for line in ran.stdout.splitlines() if not line.startswith("$ ")]
    assert said == ["42", "tested", "ruff ['check']", "ruff ['format', '--check']", "mypy []"]
    assert ran.exit_code == 0


@pytest.mark.parametrize("command", ["false && true", "true && false"])
def test_ci_fails_if_the_test_command_fails(command: str, machine: Machine) -> None:
    """Whichever part of it fails."""
    ran = ci_run(machine, command)
    assert ran.exit_code == 1
    assert "mypy" not in ran.stdout


def test_ci_fails_without_a_test_command(machine: Machine) -> None:
    """A README without the block must not pass for a README whose tests pass."""
    ran = ci_run(machine, "")
    assert ran.exit_code == 1
    assert "README.md" in ran.stderr


# Its tables and examples


def test_the_exit_code_table_is_the_exit_codes() -> None:
    """Codes and names, in order, none left out."""
    documented = [(int(code), name) for code, name, _ in table(section("Exit codes"))]
    assert documented == [(code.value, code.name) for code in ExitCode]


def test_the_doctors_codes_are_told(machine: Machine) -> None:
    """Its table is in order and of known codes, and what it prints are the statuses named."""
    codes = [int(code) for code, _ in table(section("Checking the installation"))]
    assert codes == sorted(codes)
    assert set(codes) <= set(ExitCode)
    ran = machine.run(blocks(section("Checking the installation"), "sh")[0].splitlines()[0])
    assert ran.exit_code in codes
    assert {line.split()[0] for line in ran.stdout.splitlines()} <= {"ok", "warn", "problem"}


def test_every_command_in_the_table_exists() -> None:
    """Also those of the groups, which the table names beside them."""
    for name, words in table(section("Start")):
        command = name.strip("`").removeprefix("llmcli ")
        assert command in commands(())
        assert set(inline_code(words)) == commands((command,))


def envelope(machine: Machine, line: str) -> dict[str, object]:
    """The one JSON object that the line prints."""
    printed: dict[str, object] = json.loads(machine.run(line).stdout)
    return printed


def test_the_envelope_is_what_ask_prints(machine: Machine) -> None:
    """The example is what the command above it prints, in the same order, but for the time it took."""
    example, _ = (json.loads(block) for block in blocks(section("The envelope"), "json"))
    (line,) = (code for code in inline_code(section("The envelope")) if code.startswith("llmcli ask"))
    printed = envelope(machine, line)
    assert list(printed) == list(example)
    assert printed | {"latency_ms": example["latency_ms"]} == example


def test_the_error_is_what_a_failure_prints(machine: Machine) -> None:
    """The example is the error of an answer cut short, word for word."""
    _, example = (json.loads(block) for block in blocks(section("The envelope"), "json"))
    printed = envelope(machine, "llmcli ask -m sim --json --max-tokens 3 sim:tokens=9")
    assert (printed["ok"], printed["error"]) == (False, example)


def test_stream_prints_the_events_named(machine: Machine) -> None:
    """`start` first, `result` last, and between them only what the README lists."""
    listed = re.search(r"`llmcli stream --json`.*", section("The envelope"), re.DOTALL)
    assert listed is not None
    named = re.findall(r"`(\w+)`", listed[0])
    printed = [json.loads(line)["type"] for line in machine.run("llmcli stream -m sim --json hi").stdout.splitlines()]
    assert (named[0], named[-1]) == (printed[0], printed[-1]) == ("start", "result")
    assert set(printed) <= set(named)


def test_the_default_models_are_named() -> None:
    """What is asked when nobody names a model."""
    assert set(DEFAULT_MODELS.values()) <= set(inline_code(section("Keys")))


def test_the_jq_recipe_gives_the_numbers_of_the_report(machine: Machine) -> None:
    """Its fields are those of the report, and where there is a jq, so are its numbers."""
    state = str(machine.home / "state")
    book = Book(Path(state))
    of_chance(book, random.Random(5), 1_790_000_000, 1_790_900_000, 60)
    book.close()
    recipe = blocks(section("What it did cost"), "sh")[1]
    printed = machine.run("llmcli cost report --by model --format jsonl", LLMCLI_STATE_DIR=state).stdout.splitlines()
    reported = [json.loads(line) for line in printed]
    named = re.findall(r"^  (\w+):", recipe, re.MULTILINE)
    assert set(named) <= set(reported[0])
    if shutil.which("jq"):
        found = json.loads(machine.run(f"{recipe} | jq -s .", LLMCLI_STATE_DIR=state).stdout)
        expected = [{name: row[name] for name in named} | {"cost_usd": float(row["cost_usd"])} for row in reported]
        assert [row | {"cost_usd": round(row["cost_usd"], 9)} for row in found] == expected


# Its options


@cache
def help_of(command: tuple[str, ...]) -> str:
    """What `llmcli COMMAND --help` prints."""
    line = [sys.executable, "-m", "llmcli", *command, "--help"]
    environ = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(line, env=environ, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout


def commands(group: tuple[str, ...]) -> set[str]:
    """The names of the commands in a group; none if it is a command itself."""
    _, _, listed = help_of(group).partition("\nCommands:\n")
    return set(re.findall(r"^  (\S+)", listed, re.MULTILINE))


def options(text: str) -> list[str]:
    return re.findall(r"(?<!\S)--?[a-z][a-z-]*", text)


def command_of(words: list[str]) -> tuple[str, ...]:
    """The leading words that name a command, such as `config show`."""
    found: tuple[str, ...] = ()
    for word in words:
        if word not in commands(found):
            break
        found = (*found, word)
    return found


# Sections whose options are not those of `ask`.
ALONE = {
    "Checking the installation": ("doctor",),
    "Batch jobs": ("batch", "run"),
    "Rehearsing failures": ("sim", "serve"),
    "What calls cost": ("cost", "estimate"),
    "Extracting data": ("extract",),
    "Counting tokens": ("count-tokens",),
}


def documented_options() -> list[tuple[tuple[str, ...], str]]:
    """Every option in the README with the command it is for.

    An option alone in the text is one of `ask`, but for the sections in ALONE.
    """
    found: list[tuple[tuple[str, ...], str]] = []
    titles = re.findall(r"^## (.+)$", README, re.MULTILINE)
    for title in titles:
        alone = ALONE.get(title, ("ask",))
        shell = "\n".join([*blocks(section(title), "sh"), *blocks(section(title), "crontab")])
        spoken = inline_code(section(title))
        calls = re.findall(r"\bllmcli\"? ([^|;)\n]*)", shell) + [
            code.removeprefix("llmcli ") for code in spoken if code.startswith("llmcli ")
        ]
        found += [(command_of(call.split()), option) for call in calls for option in options(call)]
        found += [(alone, option) for code in spoken if code.startswith("-") for option in options(code)]
    return found


def test_every_option_exists() -> None:
    """Each option that the README names is in the help of its command."""
    found = documented_options()
    assert len(found) > 40, "the parser finds them"
    assert [(c, o) for c, o in found if o not in options(help_of(c).replace(",", " ")) and o != "--help"] == []


# What calls cost


def test_what_calls_cost_is_told_as_shown(project: Machine) -> None:
    """Every command, without a key and without a network, for a file of rows as they are asked for."""
    (project.project / "questions.jsonl").write_text('{"question": "Why is the sky blue?"}\n', encoding="utf-8")
    for line in blocks(section("What calls cost"), "sh")[0].splitlines():
        ran = project.run(line)
        assert (ran.exit_code, "claude-haiku-5-5" in ran.stdout) == (0, True), ran.stderr


# Its configuration


def test_the_configuration_examples_load(tmp_path: Path) -> None:
    """Every setting in them is one, and comes out as the user's."""
    examples = [*blocks(section("Keys"), "toml"), *blocks(section("Configuration"), "toml")]
    assert len(examples) == 2
    for number, text in enumerate(examples):
        file = tmp_path / f"{number}.toml"
        file.write_text(text, encoding="utf-8")
        parsed = tomllib.loads(text)
        for profile in [None, *parsed.pop("profiles", {})]:
            environ = {CONFIG_VARIABLE: str(file)} | ({"LLMCLI_PROFILE": profile} if profile else {})
            config = load(environ=environ, cwd=tmp_path)
            assert all(config.origin(path).file == file for path, _ in flatten(parsed))


def test_the_names_in_the_configuration_example_lead_somewhere(tmp_path: Path) -> None:
    """What the comments say to put after `-m` is a model."""
    (text,) = blocks(section("Configuration"), "toml")
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    config = load(environ={CONFIG_VARIABLE: str(file)}, cwd=tmp_path)
    named = [*re.findall(r"-m (\S+)", text), *config.settings.aliases, *config.settings.fallback]
    providers = {name: route(config, name).provider for name in named}
    assert providers["fast"] == "anthropic"
    assert providers["home"] == providers["local/llama3"] == "local"


def test_every_environment_variable_exists() -> None:
    """Each LLMCLI_ name in the README is a setting's, each key's name a provider's."""
    names = set(re.findall(rf"\b{ENV_PREFIX}[A-Z_]+", README))
    assert len(names) > 5
    assert unknown_variables(dict.fromkeys(names, ""), (), also=[CONFIG_VARIABLE]) == []
    keys = set(re.findall(r"\b[A-Z]+_API_KEY\b", README))
    assert keys == {provider["key_env"] for provider in BUILT_IN_PROVIDERS.values()} - {""}


# From Python


def test_the_python_examples_run(project: Machine) -> None:
    """One after the other, unchanged, with the simulator as the default model."""
    program = "\n".join(blocks(section("From Python"), "python"))
    (project.project / "examples.py").write_text(program, encoding="utf-8")
    ran = project.run("python3 examples.py", LLMCLI_MODEL="sim")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Sales rose.")
    assert 'system: "Plain words."' in ran.stdout
    assert "Positive or negative? It broke." in ran.stdout
    assert "Ada 1\n" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("9 raise --max-tokens ")


def test_every_name_of_the_package_in_the_readme_is_one() -> None:
    named = set(re.findall(r"llmcli\.(\w+)", "\n".join(blocks(section("From Python"), "python"))))
    named |= set(re.findall(r"`llmcli\.(\w+)", section("From Python")))
    assert named <= set(llmcli.__all__)
    assert {"ask", "stream", "extract", "batch"} <= named


# Rehearsing


def test_the_rehearsal_works_as_shown(machine: Machine) -> None:
    """Both blocks, unchanged but for the port: the first attempt meets the fault, the next gets the answer."""
    server, client = blocks(section("Rehearsing failures"), "sh")
    port = re.findall(r"--port (\d+)", server)[0]
    with machine.serving(server.replace(port, "0")) as chosen:
        ran = machine.run(client.replace(port, chosen))
    assert ran.exit_code == 0
    assert '"Say hello"' in ran.stdout
    assert "attempt 1 failed" in ran.stderr


def test_every_fault_kind_named_is_one(tmp_path: Path) -> None:
    """Those listed, and those in the file."""
    text = section("Rehearsing failures")
    bullet = re.search(r"^- `--fault KIND.*?^- ", text, re.DOTALL | re.MULTILINE)
    assert bullet is not None
    kinds = [code for code in inline_code(bullet[0]) if not code.startswith("-")]
    assert len(kinds) > 5
    for kind in kinds:
        parse_fault(kind)
    file = tmp_path / "faults.toml"
    (example,) = blocks(text, "toml")
    file.write_text(example, encoding="utf-8")
    assert [fault.match for fault in load_faults(file)] == ["invoice 17"]


def test_the_words_that_steer_the_simulator_do(machine: Machine) -> None:
    """`sim:echo`, `sim:tokens`, `sim:code` and `sim:stop`, as written."""
    words = [code for code in inline_code(section("Rehearsing failures")) if code.startswith("sim:")]
    ran = {word.partition("=")[0].split()[0]: machine.run(f"llmcli ask -m sim '{word}'") for word in words}
    assert ran["sim:echo"].stdout == "TEXT\n"
    assert len(ran["sim:tokens"].stdout) > 2000
    assert "```python" in ran["sim:code"].stdout
    assert ran["sim:stop"].exit_code == ExitCode.REFUSED
