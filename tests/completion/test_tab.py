"""TAB in real shells: what is put on the line, and what there is to choose from."""

from __future__ import annotations

import pytest

from llmcli.cli import build

from .conftest import Place
from .shells import Shell, tree

DIRECTORIES = ["dir with space", "sub"]
MODELS = ["$(touch x)", "fast", "local", "local/llama3:70b", "local/llama3:8b", "my model", "sim"]


def test_every_command_is_offered(shell: Shell) -> None:
    commands = {command.path: command for command in tree(build())}
    assert shell.offered("llmcli ") == sorted(name for name, _ in commands[""].children)
    assert shell.offered("llmcli cost ") == sorted(name for name, _ in commands["cost"].children)


def test_every_option_of_a_command_is_offered_and_none_of_another(shell: Shell) -> None:
    """The long names; some shells have the short ones, too."""
    commands = {command.path: command for command in tree(build())}
    for path in ("ask", "batch", "cost report", "sim serve"):
        offered = [name for name in shell.offered(f"llmcli {path} --") if name.startswith("--")]
        assert offered == sorted(option.long for option in commands[path].options)


OFFERED = {
    # choices
    "llmcli ask --stdin ": ["auto", "never", "require"],
    "llmcli cost report --format ": ["csv", "json", "jsonl", "table"],
    "llmcli completion show --shell ": ["bash", "fish", "zsh"],
    "llmcli ask --tool-choice ": ["any", "auto", "none"],
    # some of a list, but none twice
    "llmcli ask --redact email,p": ["email,phone"],
    "llmcli cost report --by day,model,": ["day,model,command", "day,model,hour", "day,model,provider"],
    # files, those that fit; directories always; any file where none fits
    "llmcli ask -f ": [*DIRECTORIES, "faults.toml", "model.py", "my file.txt", "rows.jsonl", "schema.json"],
    "llmcli extract --schema ": [*DIRECTORIES, "model.py", "schema.json"],
    "llmcli extract --schema sub/": ["sub/deep.json"],
    "llmcli extract --schema my": ["my file.txt"],
    "llmcli batch ": [*DIRECTORIES, "my file.txt", "rows.jsonl", "run", "status"],
    "llmcli batch run --prompt x ": [*DIRECTORIES, "my file.txt", "rows.jsonl"],
    "llmcli config trust f": ["faults.toml"],
    # @FILE or text
    "llmcli ask -s @m": ["@model.py", "@my file.txt"],
    "llmcli ask -s m": [],
    # what has no end, or no place
    "llmcli ask --max-tokens ": [],
    "llmcli ask word ": [],
    "llmcli ask -- --js": [],
    # options that were given, that may be repeated, that begin alike
    "llmcli ask --json --js": ["--json-object"],
    "llmcli ask -n --no-s": [],
    "llmcli ask -f x --fil": ["--file"],
    "llmcli ask --on-overflow head hi --ra": ["--raw"],
    # a value that may be left out
    "llmcli ask --cache ": ["1h", "5m"],
    "llmcli ask --cache --ra": ["--raw"],
    "llmcli ask --cache hi --ra": ["--raw"],
    # the command behind its group's options, and the group's default command
    "llmcli cost -q rep": ["report"],
    "llmcli batch rows.jsonl --dry": ["--dry-run"],
    "llmcli batch status --js": ["--json"],
    # not at the line's beginning
    "true; FOO=1 llmcli ask --ra": ["--raw"],
    'true | llmcli ask "a b" --ra': ["--raw"],
}


@pytest.mark.parametrize("line", OFFERED)
def test_what_can_stand_there_is_offered_and_no_program_is_started(
    shell: Shell, common_place: Place, line: str
) -> None:
    common_place.log.unlink(missing_ok=True)
    assert shell.offered(line) == sorted(OFFERED[line])
    assert common_place.asked() == []


TYPED = {
    "llmcli as": "llmcli ask ",
    "llmcli config tr": "llmcli config trust ",
    "llmcli ask --ra": "llmcli ask --raw ",
    "llmcli ask --stdin=req": "llmcli ask --stdin=require ",
    "llmcli ask --cache=1": "llmcli ask --cache=1h ",
    "llmcli extract --schema=sc": "llmcli extract --schema=schema.json ",
    "llmcli ask -f my": r"llmcli ask -f my\ file.txt ",
    r"llmcli ask -f my\ f": r"llmcli ask -f my\ file.txt ",
    'llmcli ask -f "my f': 'llmcli ask -f "my file.txt" ',
    "llmcli ask --file=my": r"llmcli ask --file=my\ file.txt ",
    "llmcli ask -s @my": r"llmcli ask -s @my\ file.txt ",
    "llmcli ask --system=@dir": r"llmcli ask --system=@dir\ with\ space/",
    "llmcli ask -f sub/d": "llmcli ask -f sub/deep.json ",
    "llmcli ask --on-overflow 'he": "llmcli ask --on-overflow 'head' ",
}


@pytest.mark.parametrize("line", TYPED)
def test_the_only_one_is_typed_and_no_program_is_started(shell: Shell, common_place: Place, line: str) -> None:
    common_place.log.unlink(missing_ok=True)
    assert shell.tab(line) == TYPED[line]
    assert common_place.asked() == []


LOOKED_UP = {
    "llmcli ask -m fa": "llmcli ask -m fast ",
    "llmcli ask -mfa": "llmcli ask -mfast ",
    "llmcli ask --fallback=fa": "llmcli ask --fallback=fast ",
    "llmcli ask -m my": r"llmcli ask -m my\ model ",
    'llmcli ask -m "my': 'llmcli ask -m "my model" ',
    "llmcli ask -m loc": "llmcli ask -m local/",
    "llmcli ask -m local/llama3:8": "llmcli ask -m local/llama3:8b ",
    "llmcli ask --model=local/llama3:8": "llmcli ask --model=local/llama3:8b ",
    "llmcli chat --session o": "llmcli chat --session ops",
    "llmcli ask --tag team=w": "llmcli ask --tag team=web ",
    "llmcli ask --tag=te": "llmcli ask --tag=team=web ",
    # the name is $(touch x)
    r"llmcli ask -m \$": r"llmcli ask -m \$\(touch\ x\) ",
    "llmcli ask --no-such-option ": "llmcli ask --no-such-option ",
}


def test_one_of_a_list_is_typed_within_quotes(shell: Shell) -> None:
    """zsh leaves them open, for another one."""
    assert shell.tab("llmcli cost report --by 'day,mo").rstrip("', ") == "llmcli cost report --by 'day,model"


@pytest.mark.parametrize("line", LOOKED_UP)
def test_names_are_looked_up(shell: Shell, line: str) -> None:
    assert shell.tab(line) == LOOKED_UP[line]


def test_all_names_are_offered(shell: Shell, common_place: Place) -> None:
    """Those of profiles by the program itself; it is asked for what is needed, and nothing else."""
    common_place.log.unlink(missing_ok=True)
    assert shell.offered("llmcli ask -m ") == MODELS
    assert shell.offered("llmcli ask --profile ") == ["ci", "night"]
    assert set(common_place.asked()) == {"completion values models", "completion values profiles"}


def test_no_name_runs_inside_quotes(shell: Shell) -> None:
    """In double quotes the shell would read `$(`, so that it is quoted or left out."""
    line = shell.tab('llmcli ask -m "$')
    assert "$(touch" not in line.replace(r"\$(", "")
