"""trust: a checkout must not be able to steal a key, run a command, or choose where we write.

Nothing may reach the trap, except where a file has its own key or was trusted.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from llmcli.errors import ExitCode

from ..helpers import SECRET, Completed, RunLlmcli, Trap

KEYS = {"ANTHROPIC_API_KEY": SECRET, "OPENAI_API_KEY": SECRET}
ASK = ("ask", "-n", "--retries", "0", "hi", "-m")
CLAUDE = (*ASK, "claude-haiku-5-5")
GPT = (*ASK, "gpt-6-luna")


def assert_refused(done: Completed, file: Path, trap: Trap) -> None:
    """Exit 3, naming the file and never the key, and nobody was called."""
    assert (done.code, done.out) == (3, "")
    assert str(file) in done.err
    assert "llmcli config trust" in done.err
    assert SECRET not in done.err
    assert trap.received == []


# What a project file may try, and who would be asked.
PROJECT_ATTACKS = [
    ('base_url = "{url}"', CLAUDE),
    ('base_url = "{url}"', GPT),
    ('[providers.anthropic]\nbase_url = "{url}"', CLAUDE),
    ('[providers.openai]\nbase_url = "{url}"', GPT),
    ('[providers.anthropic]\nheaders = {{ Host = "evil.example" }}', CLAUDE),
    ('[providers.openai]\nkind = "anthropic"', GPT),
    ('[providers.anthropic]\nkey_env = "OPENAI_API_KEY"', CLAUDE),
    ('[providers.evil]\nbase_url = "{url}"\nkey_env = "ANTHROPIC_API_KEY"', (*ASK, "evil/x")),
    ('[providers.evil]\nkind = "anthropic"\nbase_url = "{url}"\nkey_env = "OPENAI_API_KEY"', (*ASK, "evil/x")),
    ('[providers.Anthropic]\nkind = "anthropic"\nbase_url = "{url}"', (*ASK, "Anthropic/x")),
    ('[aliases]\n"claude-haiku-5-5" = "e/x"\n[providers.e]\nbase_url = "{url}"\nkey_env = "OPENAI_API_KEY"', CLAUDE),
    ('[providers.sim]\nkind = "openai"\nbase_url = "{url}"\nkey_env = "OPENAI_API_KEY"', (*ASK, "sim")),
    ('[providers.anthropic]\nkey_cmd = "touch {ran}"', CLAUDE),
    ('[providers.evil]\nbase_url = "{url}"\nkey_cmd = "touch {ran}"', (*ASK, "evil/x")),
    ('[providers.evil]\nbase_url = "{url}"\nkey_file = "{secret_file}"', (*ASK, "evil/x")),
    ('state_dir = "{ran}"', (*ASK, "sim")),
    ('usage_log = "{ran}"', (*ASK, "sim")),
]


def fill(text: str, isolated: Path, trap: Trap) -> str:
    secret_file = isolated.parent / "home" / "secret"
    secret_file.write_text(SECRET)
    return text.format(url=trap.url, ran=isolated / "ran", secret_file=secret_file)


@pytest.mark.parametrize(("text", "command"), PROJECT_ATTACKS)
def test_a_project_file_cannot_direct_a_key_that_is_not_its_own(
    text: str, command: tuple[str, ...], isolated: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    file = isolated / "llmcli.toml"
    file.write_text(fill(text, isolated, trap))
    assert_refused(run_here(*command, env=KEYS), file, trap)
    assert not (isolated / "ran").exists()


@pytest.mark.parametrize(("text", "command"), PROJECT_ATTACKS)
def test_nor_can_it_through_a_profile(
    text: str, command: tuple[str, ...], isolated: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    file = isolated / "llmcli.toml"
    body = fill(text, isolated, trap).replace("[providers.", "[profiles.x.providers.")
    body = body.replace("[aliases]", "[profiles.x.aliases]")
    head = 'profile = "x"\n'
    file.write_text(head + (body if body.startswith("[") else f"[profiles.x]\n{body}"))
    assert_refused(run_here(*command, env=KEYS), file, trap)
    assert not (isolated / "ran").exists()


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("LLMCLI_BASE_URL={url}", CLAUDE),
        ("LLMCLI_PROVIDERS_ANTHROPIC_BASE_URL={url}", CLAUDE),
        ("LLMCLI_PROVIDERS_OPENAI_BASE_URL={url}", GPT),
        ("LLMCLI_PROVIDERS_OPENAI_KIND=anthropic", GPT),
        ("LLMCLI_PROVIDERS_ANTHROPIC_KEY_ENV=OPENAI_API_KEY", CLAUDE),
        ("LLMCLI_PROVIDERS_ANTHROPIC_KEY_CMD=touch {ran}", CLAUDE),
        ("LLMCLI_PROVIDERS_ANTHROPIC_KEY_FILE={secret_file}", CLAUDE),
        ("LLMCLI_STATE_DIR={ran}", (*ASK, "sim")),
        ("LLMCLI_USAGE_LOG={ran}", (*ASK, "sim")),
        ("LLMCLI_BASE_URL={url}\nLLMCLI_MODEL=gpt-6-luna", (*ASK[:-1], "--fallback", "claude-haiku-5-5")),
    ],
)
def test_an_env_file_cannot_direct_a_key_that_is_not_its_own(
    line: str, command: tuple[str, ...], isolated: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    file = isolated / ".env"
    file.write_text(fill(line, isolated, trap) + "\n")
    assert_refused(run_here(*command, env=KEYS), file, trap)
    assert not (isolated / "ran").exists()


def test_the_message_says_which_key_was_wanted_where(isolated: Path, trap: Trap, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text(f'[providers.anthropic]\nkind = "anthropic"\nbase_url = "{trap.url}"\n')
    assert f"wants ANTHROPIC_API_KEY sent to {trap.url}" in run_here(*CLAUDE, env=KEYS).err


def test_a_key_from_the_env_file_may_not_go_where_the_project_file_says(
    isolated: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    """Nobody knows whether the same person wrote them."""
    (isolated / ".env").write_text(f"ANTHROPIC_API_KEY={SECRET}\n")
    (isolated / "llmcli.toml").write_text(f'base_url = "{trap.url}"\n')
    assert_refused(run_here(*CLAUDE), isolated / "llmcli.toml", trap)


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
@pytest.mark.parametrize("key_env", ['key_env = ""', ""])
def test_a_provider_without_a_key_gets_none_of_the_keys_that_the_sdks_look_for(
    kind: str, key_env: str, isolated: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    """Anthropic's SDK would take ANTHROPIC_API_KEY from the environment by itself if it were given no key."""
    (isolated / "llmcli.toml").write_text(
        f'[providers.evil]\nkind = "{kind}"\nbase_url = "{trap.url}"\n{key_env}\n',
    )
    tokens = {"ANTHROPIC_AUTH_TOKEN": SECRET, "OPENAI_ADMIN_KEY": SECRET}
    done = run_here(*ASK, "evil/x", env=KEYS | tokens)
    assert done.code == 6
    [request] = trap.received
    assert SECRET.encode() not in request
    assert b"authorization" not in request.lower()
    assert b"x-api-key" not in request.lower()


@pytest.mark.parametrize("variable", ["ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS"])
def test_headers_that_the_sdks_take_from_the_environment_are_guarded_like_keys(
    variable: str, isolated: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    file = isolated / "llmcli.toml"
    file.write_text(f'[providers.evil]\nbase_url = "{trap.url}"\nkey_env = ""\n')
    assert_refused(run_here(*ASK, "evil/x", env={variable: f"X-Token: {SECRET}"}), file, trap)


@pytest.mark.parametrize("own_key", ["", "GATEWAY_API_KEY=sk-the-checkouts-own"])
def test_headers_of_the_users_config_are_guarded_like_keys(
    own_key: str, isolated: Path, user_config: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    user_config.write_text(
        f'[providers.gateway]\nbase_url = "https://gateway.example"\nheaders = {{ X-Token = "{SECRET}" }}\n'
    )
    file = isolated / ".env"
    file.write_text(f"LLMCLI_PROVIDERS_GATEWAY_BASE_URL={trap.url}\n{own_key}\n")
    assert_refused(run_here(*ASK, "gateway/x"), file, trap)


def test_a_key_in_the_same_env_file_may_go_where_the_file_says(isolated: Path, trap: Trap, run_here: RunLlmcli) -> None:
    (isolated / ".env").write_text(f"LLMCLI_BASE_URL={trap.url}\nOPENAI_API_KEY=sk-the-checkouts-own\n")
    assert run_here(*GPT).code == 6
    assert b"sk-the-checkouts-own" in trap.received[0]


def test_the_environments_key_wins_over_the_files_own_and_is_guarded(
    isolated: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    file = isolated / ".env"
    file.write_text(f"LLMCLI_BASE_URL={trap.url}\nOPENAI_API_KEY=sk-the-checkouts-own\n")
    assert_refused(run_here(*GPT, env=KEYS), file, trap)


@pytest.mark.parametrize("name", ["llmcli.toml", ".env"])
def test_a_trusted_file_may_until_one_byte_of_it_changes(
    name: str, isolated: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    file = isolated / name
    file.write_text(f'base_url = "{trap.url}"\n' if name == "llmcli.toml" else f"LLMCLI_BASE_URL={trap.url}\n")
    assert_refused(run_here(*GPT, env=KEYS), file, trap)

    assert run_here("config", "trust", str(file)).code == 0
    assert run_here(*GPT, env=KEYS).code == 6
    [request] = trap.received
    assert SECRET.encode() in request

    trap.received.clear()
    file.write_text(file.read_text() + " ")
    assert_refused(run_here(*GPT, env=KEYS), file, trap)


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, "\x00"], ids=range(4))
def test_a_list_of_what_is_trusted_that_cannot_be_read_is_a_config_error(
    isolated: Path, user_config: Path, run_here: RunLlmcli, content: str
) -> None:
    (isolated / "llmcli.toml").write_text('model = "sim"')
    store = user_config.with_name("trusted.json")
    store.write_text(content)
    done = run_here("config", "trust", "llmcli.toml")
    assert (done.code, store.read_text()) == (ExitCode.CONFIG, content)
    assert str(store) in done.err


def test_trust_can_be_taken_back(isolated: Path, trap: Trap, run_here: RunLlmcli) -> None:
    file = isolated / "llmcli.toml"
    file.write_text(f'base_url = "{trap.url}"\n')
    run_here("config", "trust", str(file))
    assert run_here("config", "trust", "--revoke", str(file)).code == 0
    assert_refused(run_here(*GPT, env=KEYS), file, trap)


def test_the_same_content_elsewhere_is_not_trusted(
    isolated: Path, trap: Trap, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = isolated / "llmcli.toml"
    file.write_text(f'base_url = "{trap.url}"\n')
    run_here("config", "trust", str(file))
    copy = isolated / "copy"
    copy.mkdir()
    (copy / "llmcli.toml").write_bytes(file.read_bytes())
    monkeypatch.chdir(copy)
    assert_refused(run_here(*GPT, env=KEYS), copy / "llmcli.toml", trap)


def test_variables_in_an_env_file_are_not_expanded(isolated: Path, trap: Trap, run_here: RunLlmcli) -> None:
    """Otherwise the file's own harmless key and a URL could carry a key of the environment away."""
    (isolated / ".env").write_text(
        "LLMCLI_BASE_URL=" + trap.url + "/${ANTHROPIC_API_KEY}\nOPENAI_API_KEY=own-${ANTHROPIC_API_KEY}\n"
    )
    assert run_here(*GPT, env={"ANTHROPIC_API_KEY": SECRET}).code == 6
    [request] = trap.received
    assert SECRET.encode() not in request
    assert b"Bearer own-${ANTHROPIC_API_KEY}" in request


def test_the_users_own_files_and_environment_need_no_trust(
    isolated: Path, user_config: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    user_config.write_text(f'[providers.openai]\nbase_url = "{trap.url}"\n')
    assert run_here(*GPT, env=KEYS).code == 6
    user_config.unlink()
    assert run_here(*GPT, env=KEYS | {"LLMCLI_BASE_URL": trap.url}).code == 6
    assert run_here(*GPT, "--base-url", trap.url, env=KEYS).code == 6
    assert len(trap.received) == 3


CAPPED = """
max_cost_usd = "0.5"
[budget]
daily_usd = 5
daily_tokens = 1000000
[budget.tags."team=web"]
monthly_usd = 50
"""


@pytest.mark.parametrize(
    "text",
    [
        "[budget]\ndaily_usd = 5.01",
        "[budget]\ndaily_tokens = 1000001",
        "max_cost_usd = 1",
        '[budget.tags."team=web"]\nmonthly_usd = 51',
        'profile = "x"\n[profiles.x.budget]\ndaily_usd = 6',
        '[prices."claude-haiku-5-5"]\ninput = 0\noutput = 0',
    ],
)
def test_a_project_file_cannot_loosen_a_budget(
    text: str, isolated: Path, user_config: Path, run_here: RunLlmcli
) -> None:
    """Nor make dollars worth less; with trust it may."""
    user_config.write_text(CAPPED)
    project = isolated / "llmcli.toml"
    project.write_text(text)
    refused = run_here("ask", "-n", "-m", "sim", "hi")
    assert (refused.code, refused.out) == (3, "")
    assert str(project) in refused.err
    assert run_here("config", "trust").code == 0
    assert run_here("ask", "-n", "-m", "sim", "hi").code == 0


@pytest.mark.parametrize("file", ["llmcli.toml", ".env"])
def test_a_project_file_may_tighten_a_budget(file: str, isolated: Path, user_config: Path, run_here: RunLlmcli) -> None:
    user_config.write_text(CAPPED)
    text = "[budget]\ndaily_usd = 4\nmonthly_usd = 9" if file == "llmcli.toml" else "LLMCLI_BUDGET_DAILY_USD=4"
    (isolated / file).write_text(text)
    assert run_here("ask", "-n", "-m", "sim", "hi").code == 0
    shown = run_here("config", "show", "--json").json
    assert shown["budget.daily_usd"]["value"] == "4"


def test_a_dotenv_file_cannot_loosen_a_budget(isolated: Path, user_config: Path, run_here: RunLlmcli) -> None:
    user_config.write_text(CAPPED)
    (isolated / ".env").write_text("LLMCLI_MAX_COST_USD=2")
    assert run_here("ask", "-n", "-m", "sim", "hi").code == 3
