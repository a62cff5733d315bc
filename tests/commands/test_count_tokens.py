"""`llmcli count-tokens` without a network: what is counted, how it is labelled, printed, gated and cut."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from llmcli.errors import ExitCode
from llmcli.tokens import estimate_text, heuristic_for, tokenizer_for, vocabulary

from ..helpers import SECRET, Completed, RunLlmcli, Trap, closed_port

GPT = ("-m", "gpt-6-luna")
TOOL = {
    "name": "f",
    "description": "Does it.",
    "input_schema": {"type": "object", "properties": {}},
    "command": ["true"],
}
WORDS = "mind the gap between the train and the platform\n" * 40


@pytest.fixture
def folder(isolated: Path) -> Path:
    """With two texts to count."""
    (isolated / "a.txt").write_text(WORDS)
    (isolated / "b.txt").write_text("Grüße aus Köln\n")
    return isolated


def tokens(done: Completed) -> int:
    """The bare number that was printed."""
    assert (done.code, done.err) == (0, ""), done.err
    assert done.out == f"{int(done.out)}\n"
    return int(done.out)


def test_plain_output_is_the_bare_number(folder: Path, run_here: RunLlmcli) -> None:
    """Of prompt, stdin, system text and file together, for `$(…)`."""
    (folder / "tool.json").write_text(json.dumps(TOOL))
    alone = tokens(run_here("count-tokens", *GPT, "hello world"))
    assert alone == 2 + 7
    for more in (["-s", "Be brief."], ["-f", "a.txt"], ["--tool", "tool.json"]):
        assert tokens(run_here("count-tokens", *GPT, "hello world", *more)) > alone
    assert tokens(run_here("count-tokens", *GPT, "hello world", input=b"and more")) > alone


def test_it_is_what_ask_is_charged(folder: Path, run_here: RunLlmcli) -> None:
    """The simulator's count is the usage of the same request, files, system text and tools included; it is exact."""
    (folder / "tool.json").write_text(json.dumps(TOOL))
    line = ("-m", "sim", "-f", "a.txt", "-f", "b.txt", "-s", "Be brief.", "--tool", "tool.json", "What is it?")
    billed = run_here("ask", *line, "--yes", "--json").json["usage"]["input_tokens"]
    counted = run_here("count-tokens", *line, "--exact", "--json").json
    assert (counted["input_tokens"], counted["exact"], counted["method"]) == (billed, True, "sim")


def test_json_has_the_label_and_the_window(folder: Path, run_here: RunLlmcli) -> None:
    found = run_here("count-tokens", *GPT, "--json", "-f", "a.txt").json
    assert found["context_used"] == round(found["input_tokens"] / found["context_window"], 6)
    file = {"file": "a.txt", "tokens": found["files"][0]["tokens"], "exact": False, "method": "splintr o200k_base"}
    assert found == {
        "type": "result",
        "schema_version": 1,
        "ok": True,
        "command": "count-tokens",
        "provider": "openai",
        "model": "gpt-6-luna",
        "input_tokens": 7 + file["tokens"],
        "exact": False,
        "method": "splintr o200k_base",
        "context_window": found["context_window"],
        "context_used": found["context_used"],
        "files": [file],
        "error": None,
    }


def test_several_files_are_rows_that_add_up(folder: Path, run_here: RunLlmcli) -> None:
    """To what the whole request is, which is the same without the table."""
    line = ("count-tokens", *GPT, "-f", "a.txt", "-f", "b.txt", "-s", "Be brief.", "What is it?")
    done = run_here(*line)
    *parts, total = [(int(number), name) for number, name in (line.split(None, 1) for line in done.out.splitlines())]
    assert [name for _, name in parts] == ["a.txt", "b.txt", "(prompt, system, tools)"]
    assert total == (sum(number for number, _ in parts), "total")
    whole = run_here(
        "count-tokens", *GPT, "-f", "a.txt", "-f", "b.txt", "-s", "Be brief.", "What is it?", "--json"
    ).json
    assert whole["input_tokens"] == total[0]
    assert [file["tokens"] for file in whole["files"]] == [parts[0][0], parts[1][0]]


def test_several_models_are_a_row_each(run_here: RunLlmcli) -> None:
    """With how each was counted; in JSON, an object a line."""
    models = ("-m", "claude-opus-4-8", "-m", "gpt-6-luna", "-m", "sim")
    rows = [line.split(None, 2) for line in run_here("count-tokens", *models, WORDS).out.splitlines()]
    assert [row[1:] for row in rows] == [
        ["claude-opus-4-8", "splintr o200k_base x 1.5"],
        ["gpt-6-luna", "splintr o200k_base"],
        ["sim", "sim"],
    ]
    lines = [json.loads(line) for line in run_here("count-tokens", *models, "--json", WORDS).out.splitlines()]
    assert [(line["model"], str(line["input_tokens"])) for line in lines] == [(row[1], row[0]) for row in rows]
    assert [line["exact"] for line in lines] == [False, False, True]


def test_without_a_key_and_a_model_it_estimates_for_claude(run_here: RunLlmcli) -> None:
    """Nobody is asked; `--exact` needs somebody: exit 4."""
    found = run_here("count-tokens", "--json", "hello").json
    assert (found["model"], found["exact"], found["ok"]) == ("claude-haiku-5-5", False, True)
    done = run_here("count-tokens", "--exact", "hello")
    assert (done.code, done.out) == (ExitCode.AUTH, "")
    assert run_here("count-tokens", "--exact", *GPT, "hello").code == ExitCode.AUTH


def test_a_configured_model_is_the_one_that_counts(run_here: RunLlmcli) -> None:
    found = run_here("count-tokens", "--json", "hello", env={"LLMCLI_MODEL": "gpt-4-turbo"}).json
    assert (found["model"], found["method"]) == ("gpt-4-turbo", "splintr cl100k_base")


def test_offline_calls_nobody(run_here: RunLlmcli, trap: Trap) -> None:
    """Although there is a key; a file that would have to be fetched is exit 2."""
    env = {"OPENAI_API_KEY": SECRET, "LLMCLI_BASE_URL": f"{trap.url}/v1"}
    assert run_here("count-tokens", "--offline", *GPT, "hello", env=env).out == "8\n"
    assert run_here("count-tokens", "--offline", *GPT, "-f", f"{trap.url}/a.txt", env=env).code == ExitCode.USAGE
    assert trap.received == []
    done = run_here("count-tokens", *GPT, "hello", env=env)  # without it the trap is called, and answers 500
    assert (done.code, done.out, len(trap.received)) == (0, "8\n", 1)
    assert "tokens are estimated" in done.err


def test_a_server_that_is_down_is_no_obstacle_unless_it_must_be_exact(run_here: RunLlmcli) -> None:
    env = {"ANTHROPIC_API_KEY": SECRET, "LLMCLI_BASE_URL": f"http://127.0.0.1:{closed_port()}"}
    done = run_here("count-tokens", "-m", "claude-opus-4-8", "hello", env=env)
    assert (done.code, done.out) == (0, "9\n")
    assert done.err.count("\n") == 1
    exact = run_here("count-tokens", "-m", "claude-opus-4-8", "--exact", "--retries", "0", "hello", env=env)
    assert (exact.code, exact.out) == (ExitCode.UNAVAILABLE, "")


@pytest.mark.parametrize("json_too", [False, True])
def test_max_is_a_gate(run_here: RunLlmcli, json_too: bool) -> None:
    """The count is printed either way; over it is exit 11 with one line that says how much."""
    flags = ("--json",) if json_too else ()
    fits = run_here("count-tokens", *GPT, "--max", "9", "hello world", *flags)
    over = run_here("count-tokens", *GPT, "--max", "8", "hello world", *flags)
    assert (fits.code, fits.err, over.code) == (0, "", ExitCode.BUDGET)
    assert over.err.count("\n") == 1
    assert "1 more than --max 8" in over.err
    if json_too:
        assert fits.json | {"ok": False, "error": over.json["error"]} == over.json
        assert over.json["error"]["class"] == "budget"
    else:
        assert fits.out == over.out == "9\n"


def test_context_says_how_much_is_used(run_here: RunLlmcli, user_config: Path) -> None:
    """And that it is unknown, where nobody knows the window."""
    assert run_here("count-tokens", "-m", "sim", "--context", "hello world").out == "9 of 200000 (0.0%)\n"
    user_config.write_text('[providers.local]\nkind = "openai"\nbase_url = "http://127.0.0.1:1/v1"\nkey_env = ""\n')
    assert run_here("count-tokens", "-m", "local/llama3", "--context", "hello world").out == "9 of unknown\n"
    found = run_here("count-tokens", "-m", "local/llama3", "--json", "hello world").json
    assert (found["context_window"], found["context_used"]) == (None, None)


def test_truncate_prints_the_first_or_last_tokens_exactly(run_here: RunLlmcli) -> None:
    """Of stdin in a pipe, with nothing added; a text that is short enough comes whole."""
    text = "".join(f"{number} Grüße 漢字\n" for number in range(500))
    first = run_here("count-tokens", *GPT, "--truncate", "100", input=text.encode())
    last = run_here("count-tokens", *GPT, "--truncate", "100", "--tail", input=text.encode())
    assert (first.code, last.code, first.err, last.err) == (0, 0, "", "")
    assert text.startswith(first.out)
    assert text.rstrip("\n").endswith(last.out)
    count = tokenizer_for("gpt-6-luna").count
    assert {count(first.out), count(last.out)} <= {99, 100}
    assert run_here("count-tokens", *GPT, "--truncate", "9999999", input=text.encode()).out == text.rstrip("\n")


def test_without_splintr_it_is_the_heuristic(run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labelled so; what is cut is estimated at no more than asked."""
    monkeypatch.setitem(sys.modules, "splintr", None)
    found = run_here("count-tokens", *GPT, "--json", WORDS).json
    assert (found["method"], found["input_tokens"]) == ("heuristic", 7 + estimate_text(WORDS))
    assert run_here("count-tokens", "-m", "claude-opus-4-8", "--json", WORDS).json["method"] == "heuristic x 1.5"
    cut = run_here("count-tokens", "-m", "claude-opus-4-8", "--truncate", "50", WORDS).out
    assert WORDS.startswith(cut)
    assert heuristic_for("claude-opus-4-8").count(cut) in (49, 50)


def test_what_is_hidden_is_counted_as_it_would_be_sent(run_here: RunLlmcli) -> None:
    mail = "write to alexandra.featherstonehaugh@department.example.com " * 20
    plain, hidden = (tokens(run_here("count-tokens", *GPT, *flags, mail)) for flags in ([], ["--redact", "email"]))
    assert hidden < plain


@pytest.mark.parametrize(
    "flags",
    [
        ("--exact", "--offline"),
        ("--tail",),
        ("--truncate", "5", "--json"),
        ("--truncate", "5", "--max", "5"),
        ("--max-input-tokens", "5"),
        ("--redact-only",),
        ("-f", "missing.txt"),
        (),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_exit_2(run_here: RunLlmcli, flags: tuple[str, ...]) -> None:
    """Options that exclude each other, a file that is not there, nothing to count; JSON stays JSON."""
    prompt = ("hello",) if flags else ()
    done = run_here("count-tokens", *flags, *prompt)
    assert (done.code, done.err.count("\n")) == (ExitCode.USAGE, 1)
    if "--json" in flags:
        assert (done.json["command"], done.json["error"]["class"]) == ("count-tokens", "usage")
    else:
        assert done.out == ""


def test_an_image_alone_has_no_text_to_truncate(folder: Path, run_here: RunLlmcli) -> None:
    from ..carry.files import png

    (folder / "a.png").write_bytes(png(280, 280))
    assert tokens(run_here("count-tokens", "-m", "claude-sonnet-4-5", "-f", "a.png")) == 107
    assert run_here("count-tokens", "--truncate", "5", "-f", "a.png").code == ExitCode.USAGE


def test_a_large_file_is_counted_in_pieces(folder: Path, run_here: RunLlmcli) -> None:
    """Five megabytes have as many tokens as their lines together, to a handful."""
    (folder / "large.txt").write_text("mind the gap between the train and the platform\n" * 100_000)
    assert (folder / "large.txt").stat().st_size > 10 * vocabulary.CHUNK_CHARACTERS
    found = run_here("count-tokens", *GPT, "--json", "-f", "large.txt").json
    line = tokenizer_for("gpt-6-luna").count("mind the gap between the train and the platform\n")
    assert abs(found["input_tokens"] - 100_000 * line) < 40


def test_the_label_of_files_is_their_own(folder: Path, run_here: RunLlmcli) -> None:
    """The simulator's total is exact; its files are estimated, and a note says so."""
    done = run_here("count-tokens", "-m", "sim", "-f", "a.txt", "-f", "b.txt")
    assert done.err == "llmcli: the total is exact, its parts are estimated: splintr o200k_base\n"
    found = run_here("count-tokens", "-m", "sim", "-f", "a.txt", "-f", "b.txt", "--json").json
    assert (found["exact"], [file["exact"] for file in found["files"]]) == (True, [False, False])
