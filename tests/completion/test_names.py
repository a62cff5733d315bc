"""What a shell looks up: right, quick, quiet, and without a key."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from llmcli.cli import build
from llmcli.commands.completion.values import Names
from llmcli.models import known_models, known_names
from llmcli.names import LOOKUPS, look_up, main

from .shells import tree

CONFIG = """
[aliases]
fast = "claude-haiku-5-5"
[profiles.ci]
retries = 1
[providers.local]
base_url = "http://127.0.0.1:9/v1"
models = ["llama3:8b"]
[prices."local/phi"]
input = "0.1"
[budget.tags."team=web"]
daily_usd = 1
"""
MOST_CPU_S = 0.150
HEAVY = {"typer", "pydantic", "rich", "asyncio", "sqlite3", "anthropic", "openai", "httpx2", "genai_prices"}


def configured(isolated: Path, text: str = CONFIG) -> None:
    (isolated / "llmcli.toml").write_text(text)


def test_names_read_off_the_price_tables_file_are_those_it_has(isolated: Path) -> None:
    """If this fails after an upgrade of genai-prices, its file is laid out otherwise: see table_names.py."""
    assert list(known_names()) == [(model.name, model.provider) for model in known_models()]


def test_models_are_those_that_can_be_named(isolated: Path) -> None:
    configured(isolated)
    found = look_up("models")
    own = {
        "fast": "alias of claude-haiku-5-5",
        "local/llama3:8b": "local",
        "local/phi": "priced in the configuration",
        "local/": "provider",
    }
    assert found == own | dict(known_names())


def test_profiles_providers_and_tags_are_those_of_the_configuration(isolated: Path) -> None:
    configured(isolated)
    assert set(look_up("profiles")) == {"ci"}
    assert set(look_up("providers")) == {"anthropic", "openai", "sim", "local"}
    assert set(look_up("tags")) == {"team=web"}


def test_sessions_are_those_that_chat_lists(state_dir: Path) -> None:
    folder = state_dir / "sessions"
    folder.mkdir(parents=True)
    for name in ("ops.json", "x.y.json", "ops.lock", ".hidden.json", "a b.json"):
        (folder / name).touch()
    assert list(look_up("sessions")) == ["ops", "x.y"]


@pytest.mark.parametrize("text", ["model = [", "no_setting = 1", 'timeout_s = "soon"', "aliases = 3"])
def test_of_a_broken_configuration_there_are_no_names(isolated: Path, text: str) -> None:
    """The models that everybody has remain."""
    configured(isolated, text)
    assert [look_up(kind) for kind in LOOKUPS if kind != "models"] == [{}] * (len(LOOKUPS) - 1)
    assert look_up("models") == dict(known_names())


def test_a_checkout_does_not_choose_the_directory_that_is_listed(isolated: Path) -> None:
    elsewhere = isolated / "elsewhere"
    (elsewhere / "sessions").mkdir(parents=True)
    (elsewhere / "sessions" / "ops.json").touch()
    configured(isolated, f'state_dir = "{elsewhere}"')
    assert look_up("sessions") == {}


def test_names_that_would_steer_the_terminal_or_end_the_line_are_left_out(isolated: Path) -> None:
    configured(isolated, '[aliases]\n"a\\u001b[2J" = "sim"\n"b\\nc" = "sim"\nd = "sim\\t"\ne = "sim"\n')
    assert set(look_up("models")) - set(dict(known_names())) == {"e"}


def test_no_key_is_looked_for(isolated: Path, user_config: Path) -> None:
    ran, pipe = isolated / "ran", isolated / "pipe"
    os.mkfifo(pipe)  # to read it would never end
    user_config.write_text(f'[providers.anthropic]\nkey_cmd = "touch {ran}"\n[providers.openai]\nkey_file = "{pipe}"\n')
    for kind in LOOKUPS:
        look_up(kind)
    assert not ran.exists()


def test_every_kind_that_the_scripts_ask_for_is_one() -> None:
    values = [option.values for command in tree(build()) for option in command.options]
    assert {each.kind for each in values if isinstance(each, Names)} == set(LOOKUPS)


SCRIPT = """
import json, sys
sys.argv[1:] = ["completion", "values", "models"]
from llmcli.names import LOOKUPS, look_up, main
main()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def test_to_look_up_names_loads_next_to_nothing(isolated: Path) -> None:
    configured(isolated)
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    assert "fast\talias of claude-haiku-5-5\n" in done.stdout
    assert set(json.loads(done.stderr)) & HEAVY == set()


def test_to_look_up_names_takes_less_than_a_tab_may(isolated: Path) -> None:
    """Of the processor's time, since others work on this machine at the same time; the best of a few, likewise."""
    configured(isolated)
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "llmcli", "completion", "values", "models"]
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=60, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if times[-1] <= MOST_CPU_S:
            return
    raise AssertionError(f"{min(times):.3f} s")


@pytest.mark.parametrize("words", [(), ("keys",), ("--help",)])
def test_what_is_not_known_is_met_with_silence(
    isolated: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sys, "argv", ["llmcli", "completion", "values", *words])
    main()
    assert capfdbinary.readouterr() == (b"", b"")
