"""config: flag, environment, .env, project, user, default; and every value remembers which it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from llmcli.config import load
from llmcli.config.sources import Origin, SettingPath, Value, variable_name
from llmcli.errors import ConfigError

from ..helpers import RunLlmcli

# Highest first, each with what sets `model` there.
SOURCES = ("flag", "env", "dotenv", "project", "user")


@pytest.fixture
def model_from(
    isolated: Path, user_config: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[tuple[str, ...]], tuple[str | None, str]]:
    """What `model` is, and of which kind its origin, when the given sources set it to their own name."""

    def resolve(sources: tuple[str, ...]) -> tuple[str | None, str]:
        if "user" in sources:
            user_config.write_text('model = "user"')
        if "project" in sources:
            (isolated / "llmcli.toml").write_text('model = "project"')
        if "dotenv" in sources:
            (isolated / ".env").write_text("LLMCLI_MODEL=dotenv\n")
        if "env" in sources:
            monkeypatch.setenv("LLMCLI_MODEL", "env")
        flags: dict[SettingPath, Value] = (
            {("model",): Value("flag", Origin("flag", name="--model"))} if "flag" in sources else {}
        )
        config = load(flags)
        return config.settings.model, config.origin(("model",)).kind

    return resolve


@pytest.mark.parametrize("highest", range(len(SOURCES)))
def test_each_source_wins_over_all_below_it(
    highest: int, model_from: Callable[[tuple[str, ...]], tuple[str | None, str]]
) -> None:
    sources = SOURCES[highest:]
    assert model_from(sources) == (sources[0], sources[0])


def test_what_nobody_set_is_the_default(isolated: Path) -> None:
    config = load()
    assert (config.settings.model, config.settings.max_tokens, config.settings.retries) == (None, 4096, 3)
    assert config.origin(("model",)).kind == "default"
    assert config.origin(("max_tokens",)).kind == "default"


@pytest.mark.parametrize("name", ["llmcli.toml", ".env"])
def test_the_nearest_file_upwards_is_read_and_no_other(
    isolated: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = 'model = "{}"\n' if name == "llmcli.toml" else "LLMCLI_MODEL={}\n"
    below = isolated / "a" / "b"
    below.mkdir(parents=True)
    (isolated / name).write_text(line.format("far") + ("retries = 9\n" if name == "llmcli.toml" else ""))
    monkeypatch.chdir(below)
    assert load().settings.model == "far"
    (isolated / "a" / name).write_text(line.format("near"))
    config = load()
    assert (config.settings.model, config.settings.retries) == ("near", 3)
    assert config.origin(("model",)).file == isolated / "a" / name


def test_names_in_the_environment_follow_from_the_settings(isolated: Path) -> None:
    assert variable_name(("retry", "max_wait_s")) == "LLMCLI_RETRY_MAX_WAIT_S"
    config = load(environ={"LLMCLI_RETRY_MAX_WAIT_S": "5", "LLMCLI_PROVIDERS_ANTHROPIC_BASE_URL": "http://x"})
    assert config.settings.retry.max_wait_s == 5.0
    assert config.settings.providers["anthropic"].base_url == "http://x"


def test_a_providers_variable_is_known_once_the_provider_is_configured(isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text('[providers.my-own]\nkey_env = ""\n')
    config = load(environ={"LLMCLI_PROVIDERS_MY_OWN_BASE_URL": "http://x"})
    assert config.settings.providers["my-own"].base_url == "http://x"
    assert config.warnings() == []


def test_a_variable_that_means_nothing_is_a_warning_with_a_suggestion(isolated: Path) -> None:
    [warning] = load(environ={"LLMCLI_MODLE": "x"}).warnings()
    assert warning == "LLMCLI_MODLE is not a setting, ignored: did you mean LLMCLI_MODEL?"


def test_an_empty_variable_is_as_good_as_none(isolated: Path) -> None:
    (isolated / ".env").write_text("LLMCLI_MODEL=dotenv\n")
    assert load(environ={"LLMCLI_MODEL": ""}).settings.model == "dotenv"


def test_tables_of_names_are_merged_setting_by_setting(isolated: Path, user_config: Path) -> None:
    user_config.write_text('[providers.local]\nbase_url = "http://user"\nkey_env = "K"\n[aliases]\na = "user"\n')
    (isolated / "llmcli.toml").write_text('[providers.local]\nbase_url = "http://project"\n[aliases]\nb = "project"\n')
    config = load()
    local = config.settings.providers["local"]
    assert (local.base_url, local.key_env) == ("http://project", "K")
    assert config.settings.aliases == {"a": "user", "b": "project"}
    assert config.origin(("providers", "local", "key_env")).kind == "user"


def test_the_user_file_can_be_named_and_must_exist_then(isolated: Path) -> None:
    named = isolated / "mine.toml"
    with pytest.raises(ConfigError, match=f"LLMCLI_CONFIG names {named}"):
        load(environ={"LLMCLI_CONFIG": str(named)})
    named.write_text('model = "mine"')
    assert load(environ={"LLMCLI_CONFIG": str(named)}).settings.model == "mine"


def test_an_env_file_cannot_name_the_user_file(isolated: Path) -> None:
    (isolated / "evil.toml").write_text('model = "evil"')
    (isolated / ".env").write_text(f"LLMCLI_CONFIG={isolated}/evil.toml\n")
    assert load().settings.model is None


@pytest.mark.parametrize("name", ["llmcli.toml", "user"])
def test_a_broken_file_is_a_config_error_naming_it(isolated: Path, user_config: Path, name: str) -> None:
    file = user_config if name == "user" else isolated / name
    wrong = (b"model = ", b"\xff\xfe", b"[aliases]\n[aliases]\n", b"profiles = 3", b"[profiles]\nci = 1")
    for content in (*wrong, b"stop = " + b"[" * 5000, b"retries = " + b"9" * 5000):
        file.write_bytes(content)
        with pytest.raises(ConfigError, match=str(file)):
            load()


@pytest.mark.parametrize(
    ("name", "line"),
    [("llmcli.toml", 'retries = "many"'), (".env", "LLMCLI_RETRIES=many"), ("llmcli.toml", 'modell = "x"')],
)
def test_a_wrong_value_is_a_config_error_naming_its_file(isolated: Path, name: str, line: str) -> None:
    (isolated / name).write_text(line)
    with pytest.raises(ConfigError, match=str(isolated / name)):
        load()


def test_lines_of_an_env_file_that_set_nothing_are_a_warning_that_does_not_show_them(isolated: Path) -> None:
    """The file may be meant for another program, too, and such a line may be half of a key."""
    file = isolated / ".env"
    file.write_text("\nLLMCLI_RETRIES=7\n\n\nsk secret\nLLMCLI_MODEL=a\n")
    config = load()
    assert (config.settings.retries, config.settings.model) == (7, "a")
    assert config.warnings() == [f"{file}: line 5 is not NAME=VALUE, ignored"]
    file.write_text("LLMCLI_RETRIES=7\n" + "no 'equals\n" * 9)
    assert load().warnings() == [f"{file}: lines 2, 3, 4 and 6 more are not NAME=VALUE, ignored"]


def test_nobody_but_the_program_speaks_of_an_env_file(
    isolated: Path, run_here: RunLlmcli, caplog: pytest.LogCaptureFixture
) -> None:
    (isolated / ".env").write_text("no 'equals\n")
    assert run_here("config", "show").err == f"llmcli: {isolated}/.env: line 1 is not NAME=VALUE, ignored\n"
    assert caplog.records == []


def test_a_byte_order_mark_does_not_matter(isolated: Path) -> None:
    for name, line in (("llmcli.toml", 'model = "project"\n'), (".env", "LLMCLI_RETRIES=7\n")):
        (isolated / name).write_text(line, encoding="utf-8-sig")
    settings = load().settings
    assert (settings.model, settings.retries) == ("project", 7)


def test_a_working_directory_that_is_gone_is_a_config_error(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = isolated / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigError, match="working directory"):
        load()
