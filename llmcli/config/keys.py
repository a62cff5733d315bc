"""Where a provider's key comes from: environment, `.env`, or the user config's key_cmd / key_file."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

from llmcli.config import Config, trust
from llmcli.config.settings import BUILT_IN_PROVIDERS
from llmcli.config.sources import Origin
from llmcli.errors import AuthError, ConfigError
from llmcli.urls import password_in

KEY_CMD_TIMEOUT_S = 30.0

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
# Variables of OpenAI's SDK, and the headers that it makes of them.
_SDK_ACCOUNTS = {"OPENAI_ORG_ID": "openai-organization", "OPENAI_PROJECT_ID": "openai-project"}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Key:
    """A key and where it was found; its value never shows in a repr."""

    value: str = field(repr=False)
    name: str
    origin: Origin


def key_variable(config: Config, provider: str) -> str:
    """The environment variable that holds the provider's key; empty if it needs none.

    Raises ConfigError for a `key_env` that no variable is called: `--print-request curl` puts it into a shell command.
    """
    named = config.settings.providers[provider].key_env
    if named is not None:
        if named and not _VARIABLE.fullmatch(named):
            origin = config.origin(("providers", provider, "key_env"))
            raise ConfigError(f'{origin}: key_env of {provider} is not the name of a variable: "{named}"')
        return named
    return re.sub(r"[^A-Z0-9_]", "_", provider.upper()) + "_API_KEY"


def find_key(config: Config, provider: str) -> Key | None:
    """The provider's key if there is one, and if the configuration may send it where it says.

    Raises ConfigError if an untrusted file directs it, AuthError if key_cmd or key_file gives none.
    """
    trust.check_key_source(config, provider)
    trust.check_headers(config, provider)
    key = find_variable(config, provider) or _from_command(config, provider) or _from_file(config, provider)
    if key is None:
        return None
    if not key.value.isascii() or not key.value.isprintable():
        raise AuthError(f"the key in {key.name} has characters that no key has", hint="set it again")
    trust.check_destination(config, provider, key.name, key.origin)
    return key


def require_key(config: Config, provider: str) -> Key | None:
    """As `find_key`, but a key that must be there and is not is AuthError. None means that none is needed."""
    key = find_key(config, provider)
    variable = key_variable(config, provider)
    optional = config.settings.providers[provider].key_env is None and provider not in BUILT_IN_PROVIDERS
    if key is None and variable and not optional:
        raise AuthError(
            f"no key for {provider}",
            hint=f"set {variable}, or rehearse without a key: -m sim",
        )
    return key


def secrets_besides(config: Config) -> tuple[str, ...]:
    """What others read from the environment and send: headers that the SDKs add, and the passwords of proxies."""
    passwords = [password_in(value) for name, value in config.environ.items() if name.lower() in _PROXIES]
    return tuple(secret for secret in (*(value for _, value in _sdk_headers(config)), *passwords) if secret)


def strays(config: Config, provider: str) -> tuple[tuple[str, str], ...]:
    """Headers, names in lower case, that an SDK would send to the provider although they are for its vendor alone."""
    if provider in BUILT_IN_PROVIDERS:
        return ()
    accounts = [(header, config.environ.get(name, "")) for name, header in _SDK_ACCOUNTS.items()]
    return (*_sdk_headers(config), *accounts)


def _sdk_headers(config: Config) -> Iterator[tuple[str, str]]:
    for name, value in config.environ.items():
        if name.endswith(trust.SDK_HEADERS):
            for line in value.split("\n"):
                header, colon, rest = line.partition(":")
                if colon:
                    yield header.strip().lower(), rest.strip()


def find_variable(config: Config, provider: str) -> Key | None:
    """The key as a variable of the environment or of `.env`, without a look at anything else."""
    variable = key_variable(config, provider)
    if not variable:
        return None
    if value := config.environ.get(variable, "").strip():
        return Key(value, variable, Origin("env", name=variable))
    if value := config.dotenv.get(variable, "").strip():
        return Key(value, variable, Origin("dotenv", name=variable, file=config.files.dotenv))
    return None


def _from_command(config: Config, provider: str) -> Key | None:
    command = config.settings.providers[provider].key_cmd
    if command is None:
        return None
    name = f"key_cmd of {provider}"
    origin = config.origin(("providers", provider, "key_cmd"))
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, from a trusted file
            _program(shlex.split(command), origin),
            stdin=subprocess.DEVNULL,  # ours is the prompt
            capture_output=True,
            text=True,
            timeout=KEY_CMD_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:  # its message shows the whole command
        raise AuthError(f"{name} did not end within {KEY_CMD_TIMEOUT_S:g} s", hint="run it by hand") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise AuthError(f"{name} did not run: {reason}", hint="run it by hand") from error
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines or not lines[0].strip():
        raise AuthError(f"{name} exited with {done.returncode} and no key", hint="run it by hand")
    return Key(lines[0].strip(), name, origin)


def _program(words: list[str], origin: Origin) -> list[str]:
    """The command; a path to its program is relative to the file that it stands in, as all paths there are."""
    if not words or "/" not in words[0] or origin.file is None:
        return words
    return [str(origin.file.parent / words[0]), *words[1:]]


def _from_file(config: Config, provider: str) -> Key | None:
    path = config.settings.providers[provider].key_file
    if path is None:
        return None
    variable = key_variable(config, provider)
    hint = f"put the key there, or set {variable}" if variable else "put the key there"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"cannot read key_file {path} of {provider}: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"key_file {path} of {provider} is not UTF-8 text", hint=hint) from error
    if not lines or not lines[0].strip():
        raise AuthError(f"key_file {path} of {provider} is empty", hint=hint)
    return Key(lines[0].strip(), f"key_file of {provider}", config.origin(("providers", provider, "key_file")))
