"""keys: where a provider's key comes from, and that it shows nowhere."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmcli.config import load
from llmcli.config.keys import find_key, key_variable, require_key
from llmcli.errors import AuthError, ConfigError

from ..helpers import SECRET

OTHER = "sk-other-9876543210"


def test_the_environment_wins_over_the_env_file(isolated: Path) -> None:
    (isolated / ".env").write_text(f"ANTHROPIC_API_KEY={OTHER}\n")
    key = find_key(load(environ={"ANTHROPIC_API_KEY": SECRET}), "anthropic")
    assert key is not None
    assert (key.value, key.name, key.origin.kind) == (SECRET, "ANTHROPIC_API_KEY", "env")


def test_the_env_file_holds_keys_too(isolated: Path) -> None:
    (isolated / ".env").write_text(f'export OPENAI_API_KEY="{SECRET}"\n')
    key = find_key(load(environ={}), "openai")
    assert key is not None
    assert (key.value, key.origin.file) == (SECRET, isolated / ".env")


def test_space_around_a_key_is_not_part_of_it(isolated: Path) -> None:
    key = find_key(load(environ={"OPENAI_API_KEY": f" {SECRET}\r\n"}), "openai")
    assert key is not None
    assert key.value == SECRET


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_key_is_none(isolated: Path, value: str) -> None:
    assert find_key(load(environ={"OPENAI_API_KEY": value}), "openai") is None


@pytest.mark.parametrize("value", ["sk-schlüssel-123", "sk-one\nX-Evil: two", "sk-\x00-123456"])
def test_a_key_that_no_header_can_carry_is_an_auth_error_that_does_not_show_it(isolated: Path, value: str) -> None:
    with pytest.raises(AuthError, match="OPENAI_API_KEY has characters") as caught:
        find_key(load(environ={"OPENAI_API_KEY": value}), "openai")
    assert "sk-" not in caught.value.line()


def test_the_first_line_of_key_cmds_output_is_the_key(isolated: Path, user_config: Path) -> None:
    script = f"print('{SECRET}'); print('login: me')"
    command = shlex.join([sys.executable, "-c", script])
    user_config.write_text(f"[providers.anthropic]\nkey_cmd = '''{command}'''\n")
    key = find_key(load(environ={}), "anthropic")
    assert key is not None
    assert (key.value, key.origin.file) == (SECRET, user_config)


def test_key_cmd_is_not_run_when_a_variable_has_the_key(isolated: Path, user_config: Path) -> None:
    user_config.write_text(f'[providers.anthropic]\nkey_cmd = "touch {isolated}/ran"\n')
    assert find_key(load(environ={"ANTHROPIC_API_KEY": SECRET}), "anthropic") is not None
    assert not (isolated / "ran").exists()


def test_key_cmd_gets_no_shell(isolated: Path, user_config: Path) -> None:
    user_config.write_text(f"[providers.anthropic]\nkey_cmd = 'echo key-0123456789; touch {isolated}/ran'\n")
    key = find_key(load(environ={}), "anthropic")
    assert key is not None
    assert key.value == f"key-0123456789; touch {isolated}/ran"
    assert not (isolated / "ran").exists()


@pytest.fixture
def piped() -> Iterator[None]:
    """A stdin of this process with something in it."""
    saved = os.dup(0)
    reading, writing = os.pipe()
    os.write(writing, b"the prompt")
    os.close(writing)
    os.dup2(reading, 0)
    os.close(reading)
    yield
    os.dup2(saved, 0)
    os.close(saved)


def test_key_cmd_cannot_eat_the_prompt_from_stdin(isolated: Path, user_config: Path, piped: None) -> None:
    """It is run before stdin is read, with an empty stdin of its own."""
    script = f"import sys; print(sys.stdin.read() or '{SECRET}')"
    command = shlex.join([sys.executable, "-c", script])
    user_config.write_text(f"[providers.anthropic]\nkey_cmd = '''{command}'''\n")
    key = find_key(load(environ={}), "anthropic")
    assert key is not None
    assert key.value == SECRET
    assert os.read(0, 100) == b"the prompt"


@pytest.mark.parametrize("command", ["false", "true", "no-such-command-here", "sh -c 'echo key; exit 3'", "'open"])
def test_a_key_cmd_that_gives_no_key_is_an_auth_error(isolated: Path, user_config: Path, command: str) -> None:
    user_config.write_text(f'[providers.anthropic]\nkey_cmd = """{command}"""\n')
    with pytest.raises(AuthError, match="key_cmd of anthropic") as caught:
        find_key(load(environ={}), "anthropic")
    assert "Errno" not in caught.value.line()
    assert caught.value.hint == "run it by hand"


def test_the_first_line_of_key_file_is_the_key(isolated: Path, user_config: Path) -> None:
    (isolated / "key").write_text(f"{SECRET}\nnote\n")
    user_config.write_text(f'[providers.anthropic]\nkey_file = "{isolated}/key"\n')
    key = find_key(load(environ={}), "anthropic")
    assert key is not None
    assert key.value == SECRET


def test_a_key_file_that_is_missing_or_empty_is_said_so(isolated: Path, user_config: Path) -> None:
    user_config.write_text(f'[providers.anthropic]\nkey_file = "{isolated}/key"\n')
    with pytest.raises(
        ConfigError, match=f"cannot read key_file {isolated}/key of anthropic: No such file or directory$"
    ):
        find_key(load(environ={}), "anthropic")
    (isolated / "key").write_text("\n")
    with pytest.raises(AuthError, match="is empty"):
        find_key(load(environ={}), "anthropic")


def test_a_built_in_provider_without_a_key_is_an_auth_error_naming_both_ways_on(isolated: Path) -> None:
    with pytest.raises(AuthError) as caught:
        require_key(load(environ={}), "anthropic")
    assert caught.value.line() == "no key for anthropic: set ANTHROPIC_API_KEY, or rehearse without a key: -m sim"


@pytest.mark.parametrize("line", ["", 'key_env = ""\n'])
def test_a_provider_of_ones_own_needs_no_key_unless_it_names_one(isolated: Path, line: str) -> None:
    (isolated / "llmcli.toml").write_text(f'[providers.my-own]\nbase_url = "http://x"\n{line}')
    assert require_key(load(environ={}), "my-own") is None
    (isolated / "llmcli.toml").write_text('[providers.my-own]\nkey_env = "MY_KEY"\n')
    with pytest.raises(AuthError, match="no key for my-own"):
        require_key(load(environ={}), "my-own")


def test_the_variable_is_named_after_the_provider(isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text(
        '[providers."my-own.x"]\nbase_url = "http://x"\n[providers.named]\nkey_env = "SOME_KEY"\n'
    )
    config = load(environ={})
    names = {provider: key_variable(config, provider) for provider in config.settings.providers}
    assert names == {
        "anthropic": "ANTHROPIC_API_KEY",
        "openai": "OPENAI_API_KEY",
        "sim": "",
        "my-own.x": "MY_OWN_X_API_KEY",
        "named": "SOME_KEY",
    }


@pytest.mark.parametrize("name", ["A}$(touch ran)", "A B", "1A", "A-B"])
def test_a_key_env_that_is_no_variables_name_is_a_config_error(isolated: Path, name: str) -> None:
    """`--print-request curl` puts the name into a command that people run."""
    (isolated / "llmcli.toml").write_text(f"[providers.local]\nkey_env = '{name}'\n")
    with pytest.raises(ConfigError, match="key_env of local is not the name of a variable"):
        key_variable(load(environ={}), "local")


def test_a_key_does_not_show_in_a_repr(isolated: Path) -> None:
    config = load(environ={"ANTHROPIC_API_KEY": SECRET})
    key = find_key(config, "anthropic")
    assert SECRET not in repr(key)
    assert SECRET not in repr(config)
