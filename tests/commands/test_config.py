"""config: show says what is in force and where it came from, path where to look, init and trust write."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path

import pytest

from ..helpers import SECRET, RunLlmcli


def origins(shown: str) -> dict[str, tuple[object, str]]:
    """Value and origin of each setting that `config show` printed as TOML, by name."""
    found: dict[str, tuple[object, str]] = {}
    for line in shown.splitlines():
        setting, _, origin = line.partition("  # ")
        if " = " in setting:
            name, _, value = setting.partition(" = ")
            found[name] = (json.loads(value), origin)
    return found


def test_show_prints_one_setting_a_line(run_here: RunLlmcli) -> None:
    done = run_here("config", "show")
    assert (done.code, done.err) == (0, "")
    assert "retries = 3\n" in done.out
    assert "# model is not set\n" in done.out


def test_show_prints_toml_that_can_be_pasted(run_here: RunLlmcli, isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text('stop = ["a"]\n[prices."x/y"]\ninput = "0.10"\n')
    shown = tomllib.loads(run_here("config", "show").out)
    assert (shown["retries"], shown["stop"], shown["prices"]) == (3, ["a"], {"x/y": {"input": "0.10"}})


def test_show_says_which_keys_are_set_and_never_what_they_are(run_here: RunLlmcli) -> None:
    done = run_here("config", "show", "--origin", env={"OPENAI_API_KEY": "sk-very-secret"})
    assert origins(done.out)["providers.openai.key"] == ("***", "OPENAI_API_KEY")
    assert "providers.anthropic.key " not in done.out
    assert "sk-very-secret" not in done.out + done.err


def test_show_origin_says_where_each_value_came_from(isolated: Path, user_config: Path, run_here: RunLlmcli) -> None:
    user_config.write_text("max_tokens = 7\n[profiles.ci]\ntop_k = 3\n")
    (isolated / "llmcli.toml").write_text('timeout_s = "2m"\n[aliases]\nfast = "sim"\n')
    (isolated / ".env").write_text("LLMCLI_RETRIES=9\n")
    env = {"LLMCLI_MODEL": "sim"}
    found = origins(run_here("config", "show", "--origin", "--profile", "ci", env=env).out)
    assert found["max_tokens"] == (7, str(user_config))
    assert found["top_k"] == (3, f"{user_config} [profiles.ci]")
    assert found["timeout_s"] == (120.0, str(isolated / "llmcli.toml"))
    assert found["aliases.fast"] == ("sim", str(isolated / "llmcli.toml"))
    assert found["retries"] == (9, f"{isolated / '.env'} (LLMCLI_RETRIES)")
    assert found["model"] == ("sim", "LLMCLI_MODEL")
    assert found["profile"] == ("ci", "--profile")
    assert found["stdin"] == ("auto", "default")


def test_show_json_is_one_object(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text('stop = ["a"]\n[prices.m]\ninput = "0.10"\n')
    found = run_here("config", "show", "--json").json
    file = str(isolated / "llmcli.toml")
    assert found["stop"] == {"value": ["a"], "origin": file}
    assert found["prices.m.input"] == {"value": "0.10", "origin": file}
    assert found["model"] == {"value": None, "origin": "default"}


@pytest.mark.parametrize("options", [(), ("--origin",), ("--json",)])
def test_show_shows_no_key_and_no_header(
    isolated: Path, user_config: Path, run_here: RunLlmcli, options: tuple[str, ...]
) -> None:
    user_config.write_text(f'[providers.x]\nbase_url = "http://x"\nheaders = {{ X-Token = "{SECRET}" }}\n')
    (isolated / ".env").write_text(f"OPENAI_API_KEY={SECRET}\n")
    done = run_here("config", "show", *options, env={"ANTHROPIC_API_KEY": SECRET})
    assert done.code == 0
    assert "providers.x.headers.X-Token" in done.out
    assert SECRET not in done.out + done.err


def test_show_warns_of_a_variable_that_means_nothing(run_here: RunLlmcli) -> None:
    done = run_here("config", "show", env={"LLMCLI_MODLE": "x"})
    assert done.code == 0
    assert done.err == "llmcli: LLMCLI_MODLE is not a setting, ignored: did you mean LLMCLI_MODEL?\n"


def test_show_of_a_broken_file_is_a_config_error_naming_it(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text("model = [\n")
    done = run_here("config", "show")
    assert (done.code, done.out) == (3, "")
    assert str(isolated / "llmcli.toml") in done.err


def test_path_names_the_files_and_whether_they_are_there(
    isolated: Path, user_config: Path, run_here: RunLlmcli
) -> None:
    assert run_here("config", "path").out == f"user: {user_config} (not there)\nproject: none\n.env: none\n"
    for file in (user_config, isolated / "llmcli.toml", isolated / ".env"):
        file.touch()
    project, dotenv = isolated / "llmcli.toml", isolated / ".env"
    assert run_here("config", "path").out == f"user: {user_config}\nproject: {project}\n.env: {dotenv}\n"


def test_path_works_with_files_that_cannot_be_read(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text("model = [\n")
    assert run_here("config", "path").code == 0


def test_init_writes_a_file_that_is_valid_and_changes_nothing(isolated: Path, run_here: RunLlmcli) -> None:
    before = run_here("config", "show").out
    done = run_here("config", "init")
    assert done.code == 0
    file = Path(done.out.rstrip("\n"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run_here("config", "show").out == before


def test_inits_examples_are_valid_settings(isolated: Path, run_here: RunLlmcli) -> None:
    """Every commented line of it, taken in."""
    file = Path(run_here("config", "init").out.rstrip("\n"))
    prose, examples = file.read_text().split("\n\n", 1)
    assert prose.startswith("#")
    file.write_text("\n".join(line.removeprefix("# ") for line in examples.splitlines()))
    found = origins(run_here("config", "show", "--profile", "ci").out)
    assert found["model"][0] == "claude-haiku-5-5"
    assert found["retries"][0] == 5
    assert found['prices."local/my-model".input'][0] == "0.10"


def test_init_leaves_an_existing_file_as_it_is(user_config: Path, run_here: RunLlmcli) -> None:
    user_config.write_text('model = "mine"\n')
    done = run_here("config", "init")
    assert (done.code, done.out) == (2, "")
    assert f"{user_config} exists already" in done.err
    assert user_config.read_text() == 'model = "mine"\n'


def test_trust_takes_the_nearest_file_and_keeps_path_and_hash_for_its_owner_only(
    isolated: Path, user_config: Path, run_here: RunLlmcli
) -> None:
    (isolated / "llmcli.toml").touch()
    done = run_here("config", "trust")
    assert done.code == 0
    assert done.out.startswith(f"{isolated / 'llmcli.toml'}: trusted as it is now, sha256 e3b0c442")
    store = user_config.parent / "trusted.json"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert json.loads(store.read_text())[str(isolated / "llmcli.toml")].startswith("e3b0c442")


def test_trust_without_a_file_is_a_usage_error(run_here: RunLlmcli) -> None:
    done = run_here("config", "trust")
    assert (done.code, done.out) == (2, "")
    assert "there is no llmcli.toml or .env here or above" in done.err


def test_revoke_says_whether_the_file_was_trusted(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / ".env").touch()
    assert "was not trusted" in run_here("config", "trust", "--revoke").out
    run_here("config", "trust")
    assert "no longer trusted" in run_here("config", "trust", "--revoke").out
    assert "was not trusted" in run_here("config", "trust", "--revoke").out


def test_a_broken_store_of_approvals_trusts_nothing(isolated: Path, user_config: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text('usage_log = "log"\n')
    for content in ("", "[]", "{"):
        (user_config.parent / "trusted.json").write_text(content)
        done = run_here("ask", "-n", "-m", "sim", "hi")
        assert (done.code, done.out) == (3, "")
        assert "trusted.json" in done.err
