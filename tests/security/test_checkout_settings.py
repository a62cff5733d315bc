"""What a checkout's llmcli.toml and .env may not decide: where prompts go, what is hidden, what may be spent.

Where keys may go is in tests/config/test_trust.py.
"""

from __future__ import annotations

import os
import shlex
import socket
from pathlib import Path
from typing import Any

import pytest

from llmcli.urls import is_loopback

from ..helpers import SECRET, Completed, RunLlmcli, Trap

EVIL = "https://evil.example/v1"
KEYLESS = f'retries = 0\nmodel = "x/y"\n[providers.x]\nbase_url = "{EVIL}"\n'


@pytest.fixture(autouse=True)
def asked_hosts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were looked up; none that is not this machine is found."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", None):
            asked.append(host.decode() if isinstance(host, bytes) else str(host))
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def assert_refused(done: Completed, file: Path, what: str) -> None:
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"llmcli: {file} ")
    assert what in done.err
    assert f"llmcli config trust {file}" in done.err


COMMANDS = {
    "ask": ("ask", "-n", "hi"),
    "stream": ("stream", "-n", "hi"),
    "extract": ("extract", "-n", "hi", "--schema", "a"),
    "chat": ("chat", "-n", "hi"),
    "batch": ("batch", "in.jsonl", "-o", "out.jsonl", "--progress", "none"),
    "count-tokens": ("count-tokens", "-n", "hi"),
    "curl": ("ask", "-n", "hi", "--print-request", "curl"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_checkout_does_not_get_your_prompts(
    command: str, isolated: Path, run_here: RunLlmcli, asked_hosts: list[str]
) -> None:
    """Although the server needs no key: what is piped in and attached is worth as much."""
    (isolated / "in.jsonl").write_text('{"prompt": "hi"}\n')
    (isolated / "llmcli.toml").write_text(KEYLESS)
    done = run_here(*COMMANDS[command])
    assert_refused(done, isolated / "llmcli.toml", f"wants what you send to go to {EVIL}")
    assert asked_hosts == []


@pytest.mark.parametrize(
    "dotenv",
    [
        f"LLMCLI_BASE_URL={EVIL}\nOPENAI_API_KEY=sk-the-checkouts-own",
        f"LLMCLI_PROVIDERS_OPENAI_BASE_URL={EVIL}\nOPENAI_API_KEY=sk-the-checkouts-own",
        f"LLMCLI_BASE_URL={EVIL}\nLLMCLI_PROVIDERS_OPENAI_KEY_ENV=TERM",
    ],
)
def test_nor_with_a_key_of_its_own(
    dotenv: str, isolated: Path, run_here: RunLlmcli, asked_hosts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TERM", raising=False)
    (isolated / ".env").write_text(dotenv + "\nTERM=sk-the-checkouts-own\n")
    done = run_here("ask", "-n", "hi", "-m", "gpt-6-luna")
    assert_refused(done, isolated / ".env", EVIL)
    assert asked_hosts == []


def test_nor_as_a_fallback(isolated: Path, run_here: RunLlmcli, asked_hosts: list[str]) -> None:
    text = KEYLESS.replace('model = "x/y"', 'model = "down/y"\nfallback = ["x/y"]')
    (isolated / "llmcli.toml").write_text(text + '[providers.down]\nbase_url = "http://127.0.0.1:9"\n')
    done = run_here("ask", "-n", "hi")
    assert done.code == 3
    assert "is not trusted" in done.err
    assert asked_hosts == []


def test_nor_by_a_header_that_names_another_host(isolated: Path, user_config: Path, run_here: RunLlmcli) -> None:
    """Many hosts stand behind one address."""
    user_config.write_text('[providers.x]\nbase_url = "https://cdn.example"\nkey_env = ""\n')
    (isolated / "llmcli.toml").write_text('[providers.x]\nheaders = { Host = "evil.example" }\n')
    done = run_here("ask", "-n", "hi", "-m", "x/y")
    assert_refused(done, isolated / "llmcli.toml", 'wants header "Host" sent to https://cdn.example')


def test_with_trust_it_may(isolated: Path, run_here: RunLlmcli, asked_hosts: list[str]) -> None:
    (isolated / "llmcli.toml").write_text(KEYLESS)
    assert run_here("config", "trust").code == 0
    assert run_here("ask", "-n", "hi").code == 6
    assert asked_hosts[0] == "evil.example"


def test_an_address_that_is_not_used_needs_no_trust(isolated: Path, trap: Trap, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text(KEYLESS)
    assert run_here("ask", "-n", "hi", "-m", "sim").code == 0
    assert run_here("ask", "-n", "hi", "--base-url", trap.url).code == 6
    assert len(trap.received) == 1


LOOPBACK = [
    "http://127.0.0.1",
    "http://127.0.0.1:11434/v1",
    "http://localhost:1/v1/",
    "http://[::1]:80",
    "https://127.9.9.9",
]
ELSEWHERE = [
    "http://127.0.0.1.evil.example", "http://localhost.evil.example", "http://127.0.0.1@evil.example",
    "http://evil.example\\@127.0.0.1", "http://evil.example#@127.0.0.1", "http://evil.example?@127.0.0.1/",
    "http://[::1].evil.example", "http://[::2]", "http://0.0.0.0", "http://10.0.0.1", "http://169.254.169.254",
    "http://128.0.0.1", "http://127.0.0.1:80@evil.example/", "http://localhost:80@evil.example", "http://127.0.0.1\n.evil.example",
    "http://127.0.0.1\t.evil.example", "http://localhos\u0074\u3002evil.example", "http://\u24db\u24dewned.example",
]  # fmt: skip


@pytest.mark.parametrize(("url", "is_here"), [(url, True) for url in LOOPBACK] + [(url, False) for url in ELSEWHERE])
def test_only_this_machine_needs_no_trust(url: str, is_here: bool) -> None:
    assert is_loopback(url) is is_here


STRICT = """
time_zone = "UTC"
[redact]
kinds = ["email", "card"]
patterns = { ticket = "T-[0-9]+" }
[budget]
daily_tokens = 100_000
[budget.profiles.mine]
daily_usd = 1
[profiles.lax.redact]
kinds = []
[profiles.lax.budget]
daily_tokens = 500_000
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("llmcli.toml", "[redact]\nkinds = []"),
        ("llmcli.toml", '[redact]\nkinds = ["email"]'),
        ("llmcli.toml", '[redact.patterns]\nticket = "never"'),
        ("llmcli.toml", 'profile = "x"\n[profiles.x.redact]\nkinds = []'),
        ("llmcli.toml", 'profile = "lax"'),
        ("llmcli.toml", 'time_zone = "Pacific/Kiritimati"'),
        (".env", "LLMCLI_REDACT_KINDS=phone"),
        (".env", "LLMCLI_PROFILE=lax"),
        (".env", "LLMCLI_TIME_ZONE=Pacific/Kiritimati"),
    ],
)
def test_a_checkout_cannot_have_less_hidden_or_more_spent(
    name: str, text: str, isolated: Path, user_config: Path, run_here: RunLlmcli
) -> None:
    user_config.write_text(STRICT)
    (isolated / name).write_text(text)
    assert_refused(run_here("ask", "-n", "hi", "-m", "sim"), isolated / name, "is not trusted")
    assert run_here("config", "trust", name).code == 0
    assert run_here("ask", "-n", "hi", "-m", "sim").code == 0


def test_nor_choose_another_profile_than_you_did(isolated: Path, user_config: Path, run_here: RunLlmcli) -> None:
    """Its caps would no longer be looked at."""
    user_config.write_text('profile = "mine"\n[profiles.mine]\n' + STRICT)
    (isolated / "llmcli.toml").write_text('profile = "x"\n[profiles.x]\n')
    assert_refused(run_here("ask", "-n", "hi", "-m", "sim"), isolated / "llmcli.toml", "chooses profile x")


@pytest.mark.parametrize(
    "text",
    [
        '[redact]\nkinds = ["all"]',
        '[redact]\nkinds = ["card", "email", "ip"]',
        '[redact.patterns]\nmore = "x"\nticket = "T-[0-9]+"',
        'profile = "x"\n[profiles.x]\nmodel = "sim"',
        'system = "be brief"\nmax_tokens = 500\n[aliases]\na = "sim"',
    ],
)
def test_more_may_be_hidden_and_the_rest_be_chosen(
    text: str, isolated: Path, user_config: Path, run_here: RunLlmcli
) -> None:
    user_config.write_text(STRICT)
    (isolated / "llmcli.toml").write_text(text)
    done = run_here("ask", "-n", "hi", "-m", "sim")
    assert (done.code, done.err) == (0, "")


def test_nor_change_a_profile_of_yours_that_you_choose(isolated: Path, user_config: Path, run_here: RunLlmcli) -> None:
    user_config.write_text('[profiles.careful.redact]\nkinds = ["all"]\n')
    (isolated / "llmcli.toml").write_text("[profiles.careful.redact]\nkinds = []\n")
    done = run_here("ask", "-n", "hi", "-m", "sim", "--profile", "careful")
    assert_refused(done, isolated / "llmcli.toml", "changes your redact.kinds")


def test_what_the_command_line_says_is_yours(isolated: Path, user_config: Path, run_here: RunLlmcli) -> None:
    user_config.write_text(STRICT)
    (isolated / "llmcli.toml").write_text('profile = "x"\n[profiles.x]\n')
    assert run_here("ask", "-n", "hi", "-m", "sim", "--redact", "ip", "--profile", "lax").code == 0


def test_a_cap_given_on_the_command_line_counts_by_your_prices(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text('[prices."claude-haiku-5-5"]\ninput = 0\noutput = 0\n')
    done = run_here("ask", "-n", "hi", "-m", "sim", "--max-cost", "1")
    assert_refused(done, isolated / "llmcli.toml", "by which your budget counts")


OF_OTHERS = [
    "ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy",
    "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "PYTHONPATH", "PYTHONHTTPSVERIFY",
    "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID",
    "ANTHROPIC_LOG", "OPENAI_LOG", "LLMCLI_CONFIG", "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "ANTHROPIC_PROFILE",
    "ANTHROPIC_CONFIG_DIR", "NETRC",
]  # fmt: skip


def test_settings_of_other_programs_in_an_env_file_mean_nothing(
    isolated: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    """It is read, never put into the environment, where the SDKs and Python would look."""
    (isolated / ".env").write_text("".join(f"{name}=http://127.0.0.1:9/evil-value\n" for name in OF_OTHERS))
    before = dict(os.environ)
    for model in ("claude-haiku-5-5", "gpt-6-luna"):
        env = {"ANTHROPIC_API_KEY": SECRET, "OPENAI_API_KEY": SECRET, "LLMCLI_BASE_URL": trap.url}
        assert run_here("ask", "-n", "hi", "-m", model, "--retries", "0", env=env).code == 6
        assert b"evil-value" not in trap.received[-1]
    assert len(trap.received) == 2
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    "line",
    [
        "verify = false", "verify_ssl = false", "[providers.openai]\nverify = false", 'proxy = "http://x"',
        "yes = true", 'tool = ["t.json"]', 'schema = "x.py:M"', 'file = ["/etc/passwd"]', 'output = "x"',
        'sessions = "x"', "[providers.openai]\nkey = 'x'",
    ],
)  # fmt: skip
def test_there_is_no_setting_that_turns_verification_off_or_names_what_only_you_may(
    line: str, isolated: Path, run_here: RunLlmcli
) -> None:
    (isolated / "llmcli.toml").write_text(line)
    done = run_here("ask", "-n", "hi", "-m", "sim")
    assert done.code == 3
    assert "unknown setting" in done.err


def test_trust_is_in_a_place_not_in_what_a_link_leads_to(
    isolated: Path, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to a file of yours that is trusted is not: its relative paths would mean other files."""
    mine, checkout = isolated / "mine", isolated / "checkout"
    mine.mkdir()
    checkout.mkdir()
    (mine / "llmcli.toml").write_text(KEYLESS)
    assert run_here("config", "trust", str(mine / "llmcli.toml")).code == 0
    (checkout / "llmcli.toml").symlink_to(mine / "llmcli.toml")
    monkeypatch.chdir(checkout)
    assert_refused(run_here("ask", "-n", "hi"), checkout / "llmcli.toml", EVIL)


def test_the_command_to_copy_is_safe_in_a_directory_of_any_name(
    isolated: Path, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = isolated / "a b;touch ran;$(touch ran)'"
    folder.mkdir()
    (folder / "llmcli.toml").write_text(KEYLESS)
    monkeypatch.chdir(folder)
    err = run_here("ask", "-n", "hi").err
    assert shlex.split(err.partition("then run: ")[2]) == ["llmcli", "config", "trust", str(folder / "llmcli.toml")]


def test_nor_does_it_have_us_write_through_a_link_of_the_checkouts(
    isolated: Path, user_config: Path, run_here: RunLlmcli
) -> None:
    user_config.write_text('usage_log = "usage.jsonl"\nstate_dir = "state"\n')
    precious = isolated.parent / "precious"
    precious.write_text("keep")
    (isolated / "usage.jsonl").symlink_to(precious)
    (isolated / "state").symlink_to(isolated.parent / "elsewhere")
    assert run_here("ask", "-n", "hi", "-m", "sim").code == 0
    assert precious.read_text() == "keep"
    assert not (isolated.parent / "elsewhere").exists()
    assert {path.name for path in user_config.parent.iterdir()} == {"config.toml", "usage.jsonl", "state"}


@pytest.mark.parametrize("setting", ['key_file = "key"', 'key_cmd = "./key"'])
def test_a_relative_path_in_your_settings_means_your_file_not_the_checkouts(
    setting: str, isolated: Path, user_config: Path, trap: Trap, run_here: RunLlmcli
) -> None:
    user_config.write_text(f'[providers.x]\nbase_url = "{trap.url}"\n{setting}\n')
    for folder, key in ((user_config.parent, "sk-yours"), (isolated, "sk-theirs")):
        (folder / "key").write_text(key if "file" in setting else f"#!/bin/sh\necho {key}\n")
        (folder / "key").chmod(0o700)
    assert run_here("ask", "-n", "hi", "-m", "x/y", "--retries", "0").code == 6
    [request] = trap.received
    assert b"sk-yours" in request
