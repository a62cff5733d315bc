"""profiles: a named set of settings, between the environment and the plain settings of the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmcli.config import load
from llmcli.config.sources import Origin, Value
from llmcli.errors import ConfigError


def chosen(name: str) -> dict[tuple[str, ...], Value]:
    return {("profile",): Value(name, Origin("flag", name="--profile"))}


def test_a_profile_wins_over_plain_settings_of_both_files(isolated: Path, user_config: Path) -> None:
    user_config.write_text("[profiles.ci]\nretries = 7\n")
    (isolated / "llmcli.toml").write_text("retries = 1\n")
    config = load(chosen("ci"))
    assert config.settings.retries == 7
    assert str(config.origin(("retries",))) == f"{user_config} [profiles.ci]"


def test_of_the_same_profile_in_both_files_the_projects_settings_win_one_by_one(
    isolated: Path, user_config: Path
) -> None:
    user_config.write_text('[profiles.ci]\nretries = 7\nmodel = "user"\n')
    (isolated / "llmcli.toml").write_text('[profiles.ci]\nmodel = "project"\n')
    settings = load(chosen("ci")).settings
    assert (settings.retries, settings.model) == (7, "project")


def test_environment_and_env_file_win_over_a_profile(isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text('[profiles.ci]\nretries = 7\nmodel = "project"\n')
    (isolated / ".env").write_text("LLMCLI_RETRIES=2\n")
    settings = load(chosen("ci"), environ={"LLMCLI_MODEL": "env"}).settings
    assert (settings.retries, settings.model) == (2, "env")


def test_a_profile_that_was_not_chosen_does_nothing(isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text("[profiles.ci]\nretries = 7\n")
    config = load()
    assert config.settings.retries == 3
    assert config.profiles == ("ci",)


@pytest.mark.parametrize("where", ["env", "dotenv", "project", "user"])
def test_a_profile_can_be_chosen_everywhere(isolated: Path, user_config: Path, where: str) -> None:
    table = "[profiles.ci]\nretries = 7\n"
    line = 'profile = "ci"\n'
    user_config.write_text(line + table if where == "user" else table)
    if where == "project":
        (isolated / "llmcli.toml").write_text(line)
    if where == "dotenv":
        (isolated / ".env").write_text("LLMCLI_PROFILE=ci\n")
    assert load(environ={"LLMCLI_PROFILE": "ci"} if where == "env" else {}).settings.retries == 7


def test_the_flag_wins_over_the_environment(isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text("[profiles.a]\nretries = 1\n[profiles.b]\nretries = 2\n")
    assert load(chosen("b"), environ={"LLMCLI_PROFILE": "a"}).settings.retries == 2


@pytest.mark.parametrize(("name", "advice"), [("nigth", "did you mean night?"), ("zzz", "known: ci, night")])
def test_an_unknown_profile_is_a_config_error_that_says_where_it_was_named(
    isolated: Path, name: str, advice: str
) -> None:
    (isolated / "llmcli.toml").write_text("[profiles.ci]\n[profiles.night]\n")
    with pytest.raises(ConfigError) as caught:
        load(environ={"LLMCLI_PROFILE": name})
    assert caught.value.line() == f'unknown profile "{name}" (LLMCLI_PROFILE): {advice}'


def test_a_wrong_setting_in_a_profile_names_the_profile_even_if_it_is_not_chosen(isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text("[profiles.ci]\nretires = 7\n")
    with pytest.raises(ConfigError, match=r"\[profiles.ci\]: unknown setting"):
        load()


def test_a_provider_may_exist_in_a_profile_only(isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text('[profiles.ci.providers.local]\nbase_url = "http://x"\n')
    assert load(chosen("ci")).settings.providers["local"].base_url == "http://x"
    assert "local" not in load().settings.providers
