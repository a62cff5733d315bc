"""Whatever kind of file a checkout has for llmcli.toml or .env: no hang, no crash, nothing of other files shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ..helpers import SECRET, RunLlmcli

ASK = ("ask", "-n", "-m", "sim", "hi")
# Files that people have, as a link from a checkout could name them.
PRIVATE = {
    "shadow": f"root:{SECRET}:19000:0:99999:7:::\n",
    "ini": f"[default]\naws_secret_access_key = {SECRET}\n",
    "toml": f'[registry]\ntoken = "{SECRET}"\n',
    "env": f"export TOKEN={SECRET}\n",
    "pem": f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n",
    "json": f'{{"token": "{SECRET}"}}\n',
    "not-text": f"\xff{SECRET}",
}


@pytest.mark.parametrize("name", ["llmcli.toml", ".env"])
@pytest.mark.parametrize("kind", PRIVATE)
def test_a_link_to_a_private_file_shows_nothing_of_it(
    kind: str, name: str, isolated: Path, run_here: RunLlmcli
) -> None:
    """The output of a CI job may be public."""
    private = isolated.parent / "private"
    private.write_bytes(PRIVATE[kind].encode("latin-1"))
    (isolated / name).symlink_to(private)
    for command in (("config", "show", "--origin"), (*ASK, "-vv", "--json")):
        done = run_here(*command)
        assert done.code in (0, 3)
        assert SECRET not in done.out + done.err


@pytest.mark.parametrize("name", ["llmcli.toml", ".env"])
@pytest.mark.parametrize("target", ["/dev/zero", "/dev/random", "/dev/tty", "/", "nowhere", "itself"])
def test_a_link_to_what_is_no_file_is_as_good_as_none(
    target: str, name: str, isolated: Path, run_here: RunLlmcli
) -> None:
    (isolated / name).symlink_to(name if target == "itself" else target)
    assert run_here(*ASK).code == 0


@pytest.mark.parametrize("name", ["llmcli.toml", ".env"])
def test_a_pipe_nobody_writes_to_does_not_hold_us_up(name: str, isolated: Path, run_here: RunLlmcli) -> None:
    os.mkfifo(isolated / name)
    assert run_here(*ASK).code == 0


@pytest.mark.parametrize("name", ["llmcli.toml", ".env"])
def test_a_file_too_large_for_settings_is_not_read_to_its_end(name: str, isolated: Path, run_here: RunLlmcli) -> None:
    with (isolated / name).open("wb") as file:
        file.truncate(1 << 40)
    done = run_here(*ASK)
    assert (done.code, done.out) == (3, "")
    assert "is larger than 1 MiB" in done.err


HOSTILE = {
    "nested": f"stop = {'[' * 100_000}",
    "tables": f"[{'.'.join('a' * 2_000)}]",
    "inline": "retry = " + "{a = " * 5000,
    "long-number": f"max_tokens = {'9' * 5000}",
    "long-float": f"timeout_s = {'9' * 5000}.0",
    "date": "model = 1979-05-27T07:32:00Z",
    "long-text": f'timeout_s = "{"x" * 900_000}"',
    "nul": 'model = "a\0b"',
    "profiles": "profiles = [1]",
    "infinite": "timeout_s = inf",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_toml_is_one_short_line(kind: str, isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text(HOSTILE[kind])
    done = run_here(*ASK)
    assert done.code == 3
    assert done.err.count("\n") == 1
    assert len(done.err) < 600


def test_a_key_that_cannot_be_sent_is_not_shown(isolated: Path, run_here: RunLlmcli) -> None:
    """One with a line break in it would end the header, and begin another."""
    (isolated / ".env").write_text(f'ANTHROPIC_API_KEY="{SECRET}\\r\\nX-Injected: 1"\n')
    done = run_here("ask", "-n", "-m", "claude-haiku-5-5", "hi", "-vv", "--json")
    assert done.code == 4
    assert "characters that no key has" in done.err
    assert SECRET not in done.out + done.err
