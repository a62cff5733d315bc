"""README.md and the pages of docs/ keep what they promise: what they name exists, their command lines run."""

from __future__ import annotations

import json
import random
import re
import shutil
import tomllib
from contextlib import nullcontext
from pathlib import Path

import pytest

import llmcli
from llmcli.config import CONFIG_VARIABLE, load, schema
from llmcli.config.schema import flatten
from llmcli.config.settings import BUILT_IN_PROVIDERS
from llmcli.config.sources import ENV_PREFIX, unknown_variables
from llmcli.errors import ExitCode
from llmcli.models import route
from llmcli.sim.faults import parse_fault
from llmcli.sim.faults_file import load_faults

from ..helpers import RunLlmcli
from ..ledgers import Book, of_chance
from .machine import Machine
from .pages import PAGES, README, Page, blocks, entries, inline_code, page, table
from .project import a_vendor, write_files
from .tree import CONTEXTS, named, options

# Tested where more is said of them.
ELSEWHERE = ("recipes", "simulator")
BLOCKS = [(doc, block) for doc in PAGES[1:] if doc.path.stem not in ELSEWHERE for block in blocks(doc.text, "sh")]
LINES = [(doc.name, entry) for doc, block in BLOCKS for entry in entries(block)]
CALLS = {code for doc in PAGES for code in inline_code(doc.text) if re.match(r"llmcli( |$)", code)}
CALLS -= {"llmcli sim serve"}  # it does not end by itself, and is tested below


@pytest.fixture
def project(machine: Machine) -> Machine:
    """A machine whose project has the files that the pages name."""
    write_files(machine)
    return machine


# Their command lines


@pytest.mark.parametrize(("name", "entry"), LINES, ids=[f"{name} {entry[:30]}" for name, entry in LINES])
def test_a_command_line_runs(name: str, entry: str, project: Machine) -> None:
    """In bash, as it stands, but that what would follow the ledger for ever is stopped as a user would."""
    script = entry.replace("llmcli cost log --follow", "{ timeout -s INT 0.6 llmcli cost log --follow || true; }")
    if "llmcli cost log" in entry:
        project.run("llmcli ask -m sim hi")
    with a_vendor(project) if "batch" in entry else nullcontext({"LLMCLI_MODEL": "sim"}) as environ:
        ran = project.run(f"set -eo pipefail\n{script}", environ)
    assert (ran.exit_code, "Traceback" in ran.stderr) == (0, False), ran.stderr
    assert ran.stdout or "completion install" in entry


@pytest.mark.parametrize("call", sorted(CALLS))
def test_a_call_in_the_text_is_understood(call: str, run_here: RunLlmcli, isolated: Path) -> None:
    """It runs, or lacks only its prompt, its file or its name."""
    for name in ("llmcli.toml", "FILE"):
        (isolated / name).write_text("retries = 5\n")
    done = run_here(*re.findall(r'"[^"]*"|\S+', call)[1:])
    assert done.code in (ExitCode.OK, ExitCode.USAGE, ExitCode.AUTH)
    assert not re.search("no such|unexpected|is not a valid|got extra|Traceback", done.err)


# What they name


def options_in(text: str) -> list[str]:
    return re.findall(r"(?<!\S)--?[a-z][a-z-]*", text)


# Whose options are meant where one stands alone in the text; elsewhere it is one of `ask`.
ALONE = {
    ("docs/batch.md", ""): ("batch", "run"),
    ("docs/doctor.md", ""): ("doctor",),
    ("docs/extract.md", ""): ("extract",),
    ("docs/simulator.md", ""): ("sim", "serve"),
    ("docs/cost.md", "Counting tokens"): ("count-tokens",),
    ("docs/cost.md", "What calls cost"): ("cost", "estimate"),
}
# Pages about all commands: one of any.
OF_ANY = ("SECURITY.md", "docs/comparison.md", "docs/recipes.md")
OF_OTHER_PROGRAMS = {"--retry", "--no-cache"}


def documented_options(doc: Page) -> list[tuple[tuple[str, ...], str]]:
    """Every option in the page with the command it is for."""
    found: list[tuple[tuple[str, ...], str]] = []
    for title, text in doc.sections().items():
        alone = ALONE.get((doc.name, title), ALONE.get((doc.name, ""), ("ask",)))
        scripts = "\n".join([*blocks(text, "sh"), *blocks(text, "crontab"), *blocks(text, "yaml")]).replace("\\\n", " ")
        calls = re.findall(r"\bllmcli\"? ([^|;)\n]*)", scripts)
        spoken = inline_code(text)
        calls += [code.removeprefix("llmcli ") for code in spoken if code.startswith("llmcli ")]
        found += [(named(call.split()), option) for call in calls for option in options_in(call)]
        found += [(alone, option) for code in spoken if code.startswith("-") for option in options_in(code)]
    return found


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: doc.name)
def test_every_option_exists(doc: Page) -> None:
    """Each option that the page names is one of its command."""
    known = set.union(*(options(*path.split()[1:]) for path in CONTEXTS)) if doc.name in OF_ANY else set()
    lost = [(c, o) for c, o in documented_options(doc) if o not in options(*c) | known | OF_OTHER_PROGRAMS]
    assert lost == []


def test_the_options_are_found() -> None:
    """The test above is worth what this reader sees."""
    assert sum(len(documented_options(doc)) for doc in PAGES) > 150


def test_every_environment_variable_exists() -> None:
    """Each LLMCLI_ name is a setting's, each key's name a provider's."""
    text = "".join(doc.text for doc in PAGES)
    names = set(re.findall(rf"\b{ENV_PREFIX}[A-Z_]+", text))
    assert len(names) > 5
    assert unknown_variables(dict.fromkeys(names, ""), (), also=[CONFIG_VARIABLE]) == []
    keys = set(re.findall(r"\b[A-Z]+_API_KEY\b", text))
    assert keys == {provider["key_env"] for provider in BUILT_IN_PROVIDERS.values()} - {""}


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: doc.name)
def test_every_link_leads_somewhere(doc: Page) -> None:
    """To a page that is there, and to a heading of it."""
    for target in re.findall(r"\]\(([^)]+)\)", doc.text):
        file, _, anchor = target.partition("#")
        linked = Page((doc.path.parent / file).resolve()) if file else doc
        assert linked.path.exists()
        headings = re.findall(r"^#+ (.+)$", linked.text, re.MULTILINE)
        anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: doc.name)
def test_the_configuration_examples_load(doc: Page, tmp_path: Path) -> None:
    """Every setting in them is one, and comes out as the user's."""
    for number, text in enumerate(blocks(doc.text, "toml")):
        parsed = tomllib.loads(text)
        if "fault" in parsed:
            continue  # a file for the simulator, tested below
        file = tmp_path / f"{number}.toml"
        file.write_text(text, encoding="utf-8")
        for profile in [None, *parsed.pop("profiles", {})]:
            environ = {CONFIG_VARIABLE: str(file)} | ({"LLMCLI_PROFILE": profile} if profile else {})
            config = load(environ=environ, cwd=tmp_path)
            assert all(config.origin(path).file == file for path, _ in flatten(parsed))


def test_the_names_in_the_configuration_example_lead_somewhere(tmp_path: Path) -> None:
    """What the comments say to put after `-m` is a model."""
    (text,) = blocks(page("configuration").text, "toml")
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    config = load(environ={CONFIG_VARIABLE: str(file)}, cwd=tmp_path)
    names = [*re.findall(r"-m (\S+)", text), *config.settings.aliases, *config.settings.fallback]
    providers = {name: route(config, name).provider for name in names}
    assert providers["fast"] == "anthropic"
    assert providers["home"] == providers["local/llama3"] == "local"


def test_every_setting_is_in_the_table() -> None:
    """With its default, where that is a value."""
    single, of_provider, *_ = page("configuration").section("All settings").split("\n| of a provider")
    rows = {inline_code(name)[0]: default for name, default, _ in table(single)}
    assert list(rows) == [".".join(path) for path in schema.scalar_paths()]
    for name, shown in rows.items():
        default = schema.default(tuple(name.split(".")))
        if isinstance(default, int | float | str):
            assert shown == str(default)
    told = {name for cell, _ in table(f"\n| of a provider{of_provider}") for name in inline_code(cell)}
    assert told - {'key_env = ""'} == set(schema.fields_of_table("providers")) | {"headers"}


# Examples of what is printed


def envelope(run_here: RunLlmcli, *arguments: str) -> dict[str, object]:
    printed: dict[str, object] = json.loads(run_here(*arguments).out)
    return printed


def test_the_envelope_is_what_ask_prints(run_here: RunLlmcli) -> None:
    """The example is what the command above it prints, in the same order, but for the time it took."""
    section = page("output").section("The envelope")
    example, _ = (json.loads(block) for block in blocks(section, "json"))
    (line,) = (code for code in inline_code(section) if code.startswith("llmcli ask"))
    printed = envelope(run_here, *re.findall(r'[^\s"]+|(?<=")[^"]+(?=")', line)[1:])
    assert list(printed) == list(example)
    assert printed | {"latency_ms": example["latency_ms"]} == example


def test_the_error_is_what_a_failure_prints(run_here: RunLlmcli) -> None:
    """The example is the error of an answer cut short, word for word."""
    _, example = (json.loads(block) for block in blocks(page("output").section("The envelope"), "json"))
    printed = envelope(run_here, "ask", "-m", "sim", "--json", "--max-tokens", "3", "sim:tokens=9")
    assert (printed["ok"], printed["error"]) == (False, example)


def test_stream_prints_the_events_named(run_here: RunLlmcli) -> None:
    """`start` first, `result` last, and between them only what the page lists."""
    listed = re.search(r"`llmcli stream --json`.*", page("output").text, re.DOTALL)
    assert listed is not None
    names = re.findall(r"`(\w+)`", listed[0])
    printed = [json.loads(line)["type"] for line in run_here("stream", "-m", "sim", "--json", "hi").out.splitlines()]
    assert (names[0], names[-1]) == (printed[0], printed[-1]) == ("start", "result")
    assert set(printed) <= set(names)


def test_the_jq_recipe_gives_the_numbers_of_the_report(machine: Machine) -> None:
    """Its fields are those of the report, and where there is a jq, so are its numbers."""
    state = str(machine.home / "state")
    book = Book(Path(state))
    of_chance(book, random.Random(5), 1_790_000_000, 1_790_900_000, 60)
    book.close()
    recipe = blocks(page("cost").section("What it did cost"), "sh")[1]
    printed = machine.run(
        "llmcli cost report --by model --format jsonl", {"LLMCLI_STATE_DIR": state}
    ).stdout.splitlines()
    reported = [json.loads(line) for line in printed]
    names = re.findall(r"^  (\w+):", recipe, re.MULTILINE)
    assert set(names) <= set(reported[0])
    if shutil.which("jq"):
        found = json.loads(machine.run(f"{recipe} | jq -s .", {"LLMCLI_STATE_DIR": state}).stdout)
        expected = [{name: row[name] for name in names} | {"cost_usd": float(row["cost_usd"])} for row in reported]
        assert [row | {"cost_usd": round(row["cost_usd"], 9)} for row in found] == expected


def test_what_is_compared_is_so_of_llmcli(machine: Machine) -> None:
    """The column of llmcli: the exit code after each fault, and how many requests it took."""
    rows = table(page("comparison").section("How it was found").split("faults of the\nsimulator:")[1])
    assert len(rows) == 7
    for kind, _, ours, *_ in rows:
        fault = "" if kind == "none" else kind.strip("`")
        machine.log.unlink(missing_ok=True)
        with a_vendor(machine, fault) as environ:
            waits = {"LLMCLI_RETRIES": "3", "LLMCLI_RETRY_BASE_S": "0.01"}
            ran = machine.run("llmcli stream -n sim:tokens=40", environ | waits)
        number, *more = ours.split(", ")
        assert ran.exit_code == int(number), kind
        assert (more == ["printed"]) <= bool(ran.stdout)
        requests = [word.split()[1] for word in more if word.startswith("after")]
        assert len(ran.prompts) == int(requests[0] if requests else 1)


def test_the_doctors_codes_are_told(run_here: RunLlmcli) -> None:
    """Its table is in order and of known codes, and what it prints are the statuses named."""
    codes = [int(code) for code, _ in table(page("doctor").text)]
    assert codes == sorted(codes)
    assert set(codes) <= set(ExitCode)
    ran = run_here(*blocks(page("doctor").text, "sh")[0].splitlines()[0].split()[1:])
    assert ran.code in codes
    assert {line.split()[0] for line in ran.out.splitlines()} <= {"ok", "warn", "problem"}


def test_the_python_examples_run(project: Machine) -> None:
    """One after the other, unchanged, with the simulator as the default model."""
    program = "\n".join(blocks(page("python").text, "python"))
    (project.project / "examples.py").write_text(program, encoding="utf-8")
    ran = project.run("python3 examples.py", {"LLMCLI_MODEL": "sim"})
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Sales rose.")
    assert 'system: "Plain words."' in ran.stdout
    assert "Positive or negative? It broke." in ran.stdout
    assert "Ada 1\n" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("9 raise --max-tokens ")


def test_every_name_of_the_package_in_the_text_is_one() -> None:
    names = set(re.findall(r"llmcli\.(\w+)", "\n".join(blocks(page("python").text, "python"))))
    names |= set(re.findall(r"`llmcli\.(\w+)", page("python").text))
    assert names <= set(llmcli.__all__)
    assert {"ask", "stream", "extract", "batch"} <= names


# Rehearsing


def test_the_rehearsal_works_as_shown(machine: Machine) -> None:
    """Both blocks, unchanged but for the port: the first attempt meets the fault, the next gets the answer."""
    server, client = blocks(page("simulator").text, "sh")
    port = re.findall(r"--port (\d+)", server)[0]
    with machine.serving(server.replace(port, "0")) as chosen:
        ran = machine.run(client.replace(port, chosen))
    assert ran.exit_code == 0
    assert '"Say hello"' in ran.stdout
    assert "attempt 1 failed" in ran.stderr


def test_every_fault_kind_named_is_one(tmp_path: Path) -> None:
    """Those listed, and those in the file."""
    text = page("simulator").text
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


def test_the_words_that_steer_the_simulator_do(run_here: RunLlmcli) -> None:
    """`sim:echo`, `sim:tokens`, `sim:code` and `sim:stop`, as written."""
    words = [code for code in inline_code(page("simulator").text) if code.startswith("sim:")]
    ran = {word.partition("=")[0].split()[0]: run_here("ask", "-m", "sim", word) for word in words}
    assert ran["sim:echo"].out == "TEXT\n"
    assert len(ran["sim:tokens"].out) > 2000
    assert "```python" in ran["sim:code"].out
    assert ran["sim:stop"].code == ExitCode.REFUSED


def test_the_readme_is_short() -> None:
    """A stranger reads it to its end."""
    assert len(README.text) < 12_000
