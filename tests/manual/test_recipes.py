"""Every recipe does what it says: unchanged, in bash, git, cron's shell, or as a CI job would.

They run against the simulator. Files made for them hold words that steer it (`sim:echo`, `sim:say`), so that the answer
tells that the file arrived.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from llmcli.errors import ExitCode

from .machine import Machine, Ran
from .pages import README, blocks, command_of, entries, page
from .project import TROUBLE, a_vendor, with_history, write_files

SIM = {"LLMCLI_MODEL": "sim"}
RECIPES = {int(title.partition(".")[0]): text for title, text in page("recipes").sections(3).items()}
SUGGESTED = "Wait a second before the second attempt"


def shell(number: int) -> str:
    """The recipe's first block for a shell."""
    return blocks(RECIPES[number], "sh")[0]


def run(number: int, machine: Machine) -> Ran:
    return machine.run(shell(number), SIM)


@pytest.fixture
def project(machine: Machine) -> Machine:
    """A machine whose project has the files that the recipes name; the one who works there is in no hurry."""
    write_files(machine)
    return machine


def saved(machine: Machine, number: int, path: Path) -> Path:
    """The recipe's script, where it says to save it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(shell(number) + "\n", encoding="utf-8")
    path.chmod(0o755)
    return path


# Git


def commit_message(project: Machine) -> None:
    with_history(project)
    ran = run(1, project)
    assert (ran.exit_code, project.run("git log -1 --format=%s").stdout) == (0, f"{SUGGESTED}\n")


def hook_that_suggests(project: Machine) -> None:
    with_history(project)
    saved(project, 2, project.project / ".git/hooks/prepare-commit-msg")
    assert project.run("git commit -q", SIM).exit_code == 0
    assert project.run("git log -1 --format=%s").stdout == f"{SUGGESTED}\n"
    project.run("echo >> style.md && git commit -qam mine", SIM)
    assert project.run("git log -1 --format=%s").stdout == "mine\n", "a message of one's own is kept"
    project.run("echo >> style.md && git commit -qa", {"LLMCLI_MODEL": "nope"})
    assert project.run("git log -1 --format=%s").stdout == "mine\n", "no answer is no message, as ever"


def hook_that_stops(project: Machine) -> None:
    with_history(project)
    saved(project, 3, project.project / ".git/hooks/commit-msg")
    vague = project.run("""git commit -qm 'fix sim:say={"value": "vague"}'""", SIM)
    assert (vague.exit_code, vague.stderr) == (1, "commit-msg: say what changed\n")
    assert project.run("""git commit -qm 'Wait sim:say={"value": "clear"}'""", SIM).exit_code == 0
    unreachable = project.run("echo >> style.md && git commit -qam x", {"LLMCLI_MODEL": "claude-haiku-5-5"})
    assert unreachable.exit_code == 0, "no key, and yet committed"


def release_notes(project: Machine) -> None:
    with_history(project)
    assert run(4, project).exit_code == 0
    assert (project.project / "notes.md").read_text() == "Reports are faster.\n"
    project.run("git tag v2")
    assert run(4, project).exit_code == ExitCode.USAGE
    assert (project.project / "notes.md").read_text() == "Reports are faster.\n"


def review(project: Machine) -> None:
    with_history(project)
    project.run("echo 'x = 1 # sim:echo x is never used' > x.py && git add -A && git commit -qm x")
    assert "x is never used" in run(5, project).stdout


# CI


def ci_step(project: Machine) -> None:
    ran = run(6, project)
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert (project.project / "notes.md").read_text().startswith("1.2.0 reads faster.\n")


def job(machine: Machine, scripts: list[str], environ: Mapping[str, str]) -> Ran:
    """What a runner does: each script in a shell that stops at the first failure, up to the first that fails."""
    for script in scripts:
        ran = machine.run(f"set -eo pipefail\n{script}", environ)
        if ran.exit_code:
            break
    return ran


def with_change(project: Machine, verdict: str) -> None:
    """A branch whose difference to main makes the simulator say so, and a pip that has nothing to do."""
    with_history(project)
    source = "git+https://git.example.com/llmcli@COMMIT"  # whatever has this name elsewhere would get the key
    project.program(project.programs / "pip", "-c", f"import sys; assert sys.argv[1:] == ['install', '{source}']")
    project.run(f"printf 'x = 1 # %s\\n' '{verdict}' > x.py && git add -A && git commit -qm x")


def github(project: Machine) -> None:
    (text,) = blocks(RECIPES[7], "yaml")
    review = yaml.safe_load(text)["jobs"]["review"]
    assert review["if"] == "github.event.pull_request.head.repo.fork == false"
    scripts = [step["run"] for step in review["steps"] if "uses" not in step]
    with_change(project, 'sim:say={"value": "pass"}')
    ci = {"GITHUB_BASE_REF": "main", "LLMCLI_MAX_COST_USD": "0.20"}
    passed = job(project, scripts, ci | SIM)
    assert (passed.exit_code, passed.stdout) == (0, "verdict: pass\n"), passed.stderr
    project.run("""printf '# sim:say={"value": "block"}\\n' > x.py && git commit -qam x""")
    assert job(project, scripts, ci | SIM).exit_code == 1
    with a_vendor(project, "503") as environ:
        down = job(project, scripts, ci | environ)
    assert (down.exit_code, down.stdout) == (0, "::warning::not reviewed, llmcli ended with 6\n")
    assert job(project, scripts, ci | {"LLMCLI_MODEL": "nope"}).exit_code == ExitCode.CONFIG


def gitlab(project: Machine) -> None:
    (text,) = blocks(RECIPES[8], "yaml")
    review = yaml.safe_load(text)["review"]
    with_change(project, "sim:echo x is never used")
    ran = job(project, review["script"], {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "main"} | SIM)
    assert ran.exit_code == 0, ran.stderr
    (kept,) = review["artifacts"]["paths"]
    assert "x is never used" in json.loads((project.project / kept).read_text())["text"]
    assert review["allow_failure"]["exit_codes"] == [ExitCode.RATE_LIMITED, ExitCode.UNAVAILABLE, ExitCode.BUDGET]


def prompt_limit(project: Machine) -> None:
    ran = project.run(shell(9))
    assert (ran.exit_code, int(ran.stdout) < 100) == (0, True)
    (project.project / "prompts/system.md").write_text("word " * 5000)
    assert project.run(shell(9)).exit_code == ExitCode.BUDGET


def rehearsal(project: Machine) -> None:
    saved_as = project.project / "digest"
    saved_as.write_text("#!/bin/sh\nllmcli ask -n hi\n")
    saved_as.chmod(0o755)
    ran = project.run(shell(10))
    assert (ran.exit_code, ran.stdout) == (0, "the digest tells an outage\n"), ran.stderr


# Cron, with its small shell


def at_home(project: Machine) -> None:
    """What cron finds in the home directory."""
    shutil.copy(project.project / "app.log", project.home)
    project.install(project.home / "llmcli/.venv/bin/llmcli")


def cron(project: Machine, line: str, environ: Mapping[str, str] | None = None) -> Ran:
    """What cron runs of the line, where a `%` would end the command."""
    *times, command = line.split(maxsplit=5)
    assert all(re.fullmatch(r"[\d*,/-]+", field) for field in times)
    assert "%" not in command
    return project.run(command, environ, folder=project.home, shell="sh")


def digest(project: Machine) -> None:
    at_home(project)
    (line,) = blocks(RECIPES[11], "crontab")
    ran = cron(project, line, SIM)
    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "", "")
    assert (project.home / "digest.txt").read_text() == f"{TROUBLE}\n"


def digest_with_lock(project: Machine) -> None:
    at_home(project)
    saved(project, 12, project.home / "bin/digest")
    (line,) = blocks(RECIPES[12], "crontab")
    ran = cron(project, line, SIM)
    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "", "")
    assert (project.home / "digest.txt").read_text() == f"{TROUBLE}\n"
    (project.home / "digest.txt").unlink()
    project.run(f"exec 9> ~/.digest.lock; flock 9; {line.split(maxsplit=5)[5]}", SIM)
    assert not (project.home / "digest.txt").exists(), "another run has the lock"
    with a_vendor(project, "503") as environ:
        assert cron(project, line, environ).exit_code == 0, "an outage is no mail"
    assert cron(project, line, {"LLMCLI_MODEL": "nope"}).exit_code == ExitCode.CONFIG


def monthly_bill(project: Machine) -> None:
    at_home(project)
    project.run("llmcli ask --tag job=digest hi", SIM)
    (line,) = blocks(RECIPES[13], "crontab")
    ran = cron(project, line)
    assert (ran.exit_code, "digest" in ran.stdout, "sim" in ran.stdout) == (0, True, True)


# Logs


def triage(project: Machine) -> None:
    with a_vendor(project) as environ:
        ran = project.run(shell(14), environ)
    assert (ran.exit_code, ran.stdout) == (0, f"{TROUBLE}\n")
    assert "07:01:41" in ran.prompts[0], "the last 200 lines, this being the first"
    assert "07:01:40" not in ran.prompts[0]


def errors_as_table(project: Machine) -> None:
    errors = [
        {"time": "07:06", "level": "ERROR", "service": "web", "message": each} for each in ("full", "full", "slow")
    ]
    (project.project / "app.log").write_text("INFO x\n" + "".join(json.dumps(each) + "\n" for each in errors))
    assert run(15, project).exit_code == 0
    rows = list(csv.DictReader((project.project / "errors.csv").open()))
    assert [row["message"] for row in rows] == ["full", "slow"]


def each_new_error(project: Machine) -> None:
    log = project.project / "app.log"
    log.write_text("")
    project.program(project.programs / "tail", "-c", "print('INFO x\\nERROR sim:echo disk\\nERROR sim:echo net')")
    ran = run(16, project)
    assert (ran.exit_code, ran.stdout) == (0, "disk\nnet\n")


def without_people(project: Machine) -> None:
    with (project.project / "app.log").open("a") as log:
        log.write("INFO ada@example.org logged in from 192.0.2.7\n")
    ran = run(17, project)
    assert ran.exit_code == 0
    assert "ada@example.org" not in ran.stdout
    assert "192.0.2.7" not in ran.stdout
    assert "logged in" in ran.stdout


def failed_build(project: Machine) -> None:
    ran = run(18, project)
    assert (ran.exit_code, ran.stdout) == (0, "no rule to make all\n")


# Tables


def another_column(project: Machine) -> None:
    assert run(19, project).exit_code == 0
    rows = list(csv.reader((project.project / "moods.csv").open()))
    assert rows == [["1", "sim:echo positive", "positive"], ["2", "sim:echo negative", "negative"]]
    assert run(19, project).exit_code == 0
    assert project.run("llmcli cost log | wc -l").stdout == "2\n", "each row was asked once"


def label_for_each_line(project: Machine) -> None:
    (project.project / "bugs.txt").write_text('sim:say={"value": "wish"}\nsim:say={"value": "bug"}\n')
    ran = run(20, project)
    assert [line.split("\t")[0] for line in ran.stdout.splitlines()] == ["wish", "bug"]


def letters(project: Machine) -> None:
    assert run(21, project).exit_code == 0
    found = [json.loads(line) for line in (project.project / "letters.jsonl").read_text().splitlines()]
    assert found == [{"sender": "Ada", "date": "2026-11-01", "total": 12.5}]
    assert (project.project / "failed.txt").read_text() == "letters/bo.txt\n"


def answer_and_cost(project: Machine) -> None:
    with a_vendor(project) as environ:
        ran = project.run(shell(22), environ)
    lines = ran.stdout.splitlines()
    assert (ran.exit_code, lines[0]) == (0, "Sales rose.")
    assert 0 < Decimal(lines[-1]) < 1


def answer_for_each_line(project: Machine) -> None:
    ran = run(23, project)
    assert (ran.exit_code, ran.stdout) == (0, "login fails\ntypo in the footer\ndata is lost\n")


# Texts


def changed_in_place(project: Machine) -> None:
    ran = run(24, project)
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert (project.project / "slug.py").read_text() == "print('hello from sim')\n"


def proofread(project: Machine) -> None:
    ran = run(25, project)
    assert ran.exit_code == 1, "diff found changes"
    assert "-sim:echo A corrected draft.\n+A corrected draft.\n" in ran.stdout


def many_files(project: Machine) -> None:
    assert run(26, project).exit_code == 0
    answers = {path.name: path.read_text().splitlines()[0] for path in project.project.glob("*.summary")}
    assert set(answers) == {f"{name}.md.summary" for name in ("CHANGELOG", "draft", "review", "style")}
    assert answers["draft.md.summary"] == "A corrected draft."


# Images


def alt_texts(project: Machine) -> None:
    (project.project / "photos/cat.png.txt").write_text("A cat.\n")
    assert run(27, project).exit_code == 0
    assert (project.project / "photos/cat.png.txt").read_text() == "A cat.\n"
    assert (project.project / "photos/dog.png.txt").read_text().startswith("sim: ")


def receipts(project: Machine) -> None:
    assert run(28, project).exit_code == 0
    found = [json.loads(path.read_text()) for path in sorted(project.project.glob("receipts/*.json"))]
    assert [set(each) for each in found] == [{"shop", "date", "total"}] * 2


# Batches


def nightly(project: Machine) -> None:
    script = saved(project, 29, project.home / "bin/nightly")
    rows = project.project / "questions.jsonl"
    first = project.run(str(script), SIM)
    assert (first.exit_code, first.stderr.splitlines()[-1]) == (ExitCode.PARTIAL, "1")
    rows.write_text(rows.read_text().replace("sim:stop=refusal", "sim:echo red"))
    second = project.run(str(script), SIM)
    assert (second.exit_code, second.stdout) == (0, "all answered\n")
    answers = (project.project / "answers.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in answers] == ["blue", "red"]
    assert project.run("llmcli cost log --command batch | wc -l").stdout == "3\n", "what was done is not sent again"
    assert project.run(f"exec 8> questions.lock; flock 8; {script}", SIM).stdout == "", "one run at a time"


def another_model(project: Machine) -> None:
    failed = project.project / "answers.jsonl.failed.jsonl"
    failed.write_text('{"question": "sim:echo red"}\n')
    with a_vendor(project) as environ:
        assert project.run(shell(30), environ).exit_code == 0
    answer = json.loads((project.project / "others.jsonl").read_text())
    assert (answer["model"], answer["text"]) == ("claude-sonnet-5-5", "red")


CLAIMS: Mapping[int, Callable[[Machine], None]] = {
    1: commit_message,
    2: hook_that_suggests,
    3: hook_that_stops,
    4: release_notes,
    5: review,
    6: ci_step,
    7: github,
    8: gitlab,
    9: prompt_limit,
    10: rehearsal,
    11: digest,
    12: digest_with_lock,
    13: monthly_bill,
    14: triage,
    15: errors_as_table,
    16: each_new_error,
    17: without_people,
    18: failed_build,
    19: another_column,
    20: label_for_each_line,
    21: letters,
    22: answer_and_cost,
    23: answer_for_each_line,
    24: changed_in_place,
    25: proofread,
    26: many_files,
    27: alt_texts,
    28: receipts,
    29: nightly,
    30: another_model,
}


def test_there_are_thirty_and_none_that_nobody_checks() -> None:
    assert list(RECIPES) == list(CLAIMS) == list(range(1, 31))


@pytest.mark.parametrize("number", CLAIMS)
def test_a_recipe_does_what_it_says(number: int, project: Machine) -> None:
    CLAIMS[number](project)


def test_the_readmes_are_among_them_word_for_word() -> None:
    """What is tested here is what stands there."""
    section = README.section("One-liners")
    all_blocks = {block for text in RECIPES.values() for kind in ("sh", "crontab") for block in blocks(text, kind)}
    shown = [*entries(blocks(section, "sh")[0]), *blocks(section, "crontab")]
    assert len(shown) == 10
    assert [entry for entry in shown if entry not in all_blocks] == []
    assert all(command_of(entry) != entry for entry in entries(blocks(section, "sh")[0])), "each says what it is for"


# When it fails


@pytest.mark.parametrize(("fault", "exit_code"), [("503", 75), ("429", 75), ("400", 1), ("max-tokens", 1)])
def test_the_ci_step_tells_an_outage_from_a_failure(fault: str, exit_code: int, project: Machine) -> None:
    """The step ends with 75 if trying later may help, with 1 if not, and leaves the notes of the last run alone."""
    notes = project.project / "notes.md"
    notes.write_text("old\n")
    with a_vendor(project, fault) as environ:
        ran = project.run(shell(6), environ)
    assert (ran.exit_code, notes.read_text()) == (exit_code, "old\n")
    assert ran.stderr.startswith("llmcli: ")


def test_a_failure_leaves_the_source_file_alone(project: Machine) -> None:
    """The one-liner that changes a file in place says so."""
    source = project.project / "slug.py"
    before = source.read_text()
    with a_vendor(project, "503") as environ:
        ran = project.run(shell(24), environ)
    assert (ran.exit_code, source.read_text()) == (ExitCode.UNAVAILABLE, before)


def test_no_commit_without_a_message(project: Machine) -> None:
    """If the model cannot be reached, git gets an empty message and its own rule stops the commit."""
    with_history(project)
    with a_vendor(project, "503") as environ:
        ran = project.run(shell(1), environ)
    assert "503" in ran.stderr
    assert project.run("git log -1 --format=%s").stdout.startswith("sim:echo Reports")
