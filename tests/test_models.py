"""models: a name means exactly one provider, or the user is told which it could be."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from llmcli.config import Config, load
from llmcli.errors import AuthError, ConfigError
from llmcli.models import Route, context_window, default_route, known_models, route

LOCAL = '[providers.local]\nbase_url = "http://127.0.0.1:1/v1"\nkey_env = ""\n'


@pytest.fixture
def config(isolated: Path) -> Config:
    return load()


def with_file(isolated: Path, text: str) -> Config:
    (isolated / "llmcli.toml").write_text(text)
    return load()


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("claude-haiku-5-5", "anthropic"),
        ("claude-something-new", "anthropic"),
        ("gpt-6-luna", "openai"),
        ("chatgpt-4o-latest", "openai"),
        ("o3", "openai"),
        ("o4-mini", "openai"),
        ("codex-mini-latest", "openai"),
        ("sim", "sim"),
    ],
)
def test_a_family_goes_to_its_vendor_even_if_the_model_is_new(config: Config, name: str, provider: str) -> None:
    assert route(config, name) == Route(name, provider, name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openai/gpt-6-luna", Route("openai/gpt-6-luna", "openai", "gpt-6-luna")),
        ("anthropic/odd", Route("anthropic/odd", "anthropic", "odd")),
        ("sim/any", Route("sim/any", "sim", "any")),
        ("local/meta/llama-9:7b", Route("local/meta/llama-9:7b", "local", "meta/llama-9:7b")),
    ],
)
def test_a_provider_can_be_named_before_a_slash(isolated: Path, name: str, expected: Route) -> None:
    assert route(with_file(isolated, LOCAL), name) == expected


@pytest.mark.parametrize("name", ["", "gpt", "claude", "oxen", "o3x", "simulator", "local/", "/x", "local/x"])
def test_a_name_that_fits_none_is_a_config_error(config: Config, name: str) -> None:
    with pytest.raises(ConfigError, match=f'unknown model "{name}"'):
        route(config, name)


def test_a_slip_of_the_pen_gets_a_suggestion(config: Config) -> None:
    with pytest.raises(ConfigError) as caught:
        route(config, "claud-haiku-5-5")
    assert "did you mean claude-haiku-5-5" in caught.value.line()


def test_an_unknown_provider_lists_those_there_are(isolated: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        route(with_file(isolated, LOCAL), "lokal/x")
    assert 'no provider "lokal" is configured (known: anthropic, openai, sim, local)' in caught.value.line()


def test_a_listed_model_needs_no_prefix(isolated: Path) -> None:
    assert route(with_file(isolated, LOCAL + 'models = ["llama"]'), "llama") == Route("llama", "local", "llama")


def test_a_name_that_two_claim_is_a_config_error_naming_both(isolated: Path) -> None:
    config = with_file(isolated, LOCAL + 'models = ["gpt-6-luna"]')
    with pytest.raises(ConfigError, match="local/gpt-6-luna or openai/gpt-6-luna"):
        route(config, "gpt-6-luna")
    assert route(config, "openai/gpt-6-luna").provider == "openai"


def test_an_alias_is_followed_and_the_name_asked_for_is_kept(isolated: Path) -> None:
    config = with_file(isolated, '[aliases]\nfast = "cheap"\ncheap = "claude-haiku-5-5"\n')
    assert route(config, "fast") == Route("fast", "anthropic", "claude-haiku-5-5")


def test_an_alias_that_leads_in_a_circle_is_a_config_error(isolated: Path) -> None:
    config = with_file(isolated, '[aliases]\na = "b"\nb = "a"\n')
    with pytest.raises(ConfigError, match='alias "a" leads in a circle'):
        route(config, "a")


@pytest.mark.parametrize(
    ("keys", "model"),
    [
        (["ANTHROPIC_API_KEY"], "claude-haiku-5-5"),
        (["OPENAI_API_KEY"], "gpt-6-luna"),
        (["ANTHROPIC_API_KEY", "OPENAI_API_KEY"], "claude-haiku-5-5"),
    ],
)
def test_the_default_model_is_that_of_the_first_key(isolated: Path, keys: list[str], model: str) -> None:
    config = load(environ=dict.fromkeys(keys, "key-0123456789"))
    assert default_route(config).model == model


def test_without_a_key_there_is_no_default_and_both_ways_on_are_named(config: Config) -> None:
    with pytest.raises(AuthError) as caught:
        default_route(config)
    assert "ANTHROPIC_API_KEY" in caught.value.line()
    assert "-m sim" in caught.value.line()


def test_the_snapshot_knows_current_models_with_their_prices() -> None:
    known = {info.name: info for info in known_models()}
    haiku = known["claude-haiku-5-5"]
    assert (haiku.provider, haiku.input_usd, haiku.output_usd) == ("anthropic", Decimal("0.1"), Decimal("0.5"))
    assert (known["gpt-6-luna"].provider, known["gpt-6-luna"].input_usd) == ("openai", Decimal("0.1"))
    assert known["sim"].input_usd == 0


def test_every_known_model_can_be_named(config: Config) -> None:
    for info in known_models():
        assert route(config, info.name).provider == info.provider


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("claude-haiku-4-5", 200_000),
        ("claude-haiku-4-5-20251001", 200_000),
        ("sim", 200_000),
        ("claude-nobody-1", None),
    ],
)
def test_the_context_window_is_known_for_dated_names_too_and_never_guessed(
    config: Config, name: str, window: int | None
) -> None:
    assert context_window(config, name) == window
