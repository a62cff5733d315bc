"""Where settings come from: show, path, init, trust."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.options import GeneralOptions, Json
from llmcli.errors import printable
from llmcli.urls import without_login

if TYPE_CHECKING:
    from llmcli.config import Config

MASK = "***"

TEMPLATE = """\
# llmcli settings; every name is also an environment variable: timeout_s is LLMCLI_TIMEOUT_S.
# Keys do not belong here: export ANTHROPIC_API_KEY or OPENAI_API_KEY, or use key_cmd / key_file below.

# model = "claude-haiku-5-5"
# max_tokens = 4096
# timeout_s = 30

# [aliases]
# fast = "claude-haiku-5-5"

# [profiles.ci]                  # chosen by --profile ci or LLMCLI_PROFILE=ci
# retries = 5

# [budget]                       # over it nothing is sent: exit 11
# daily_usd = 5
# monthly_usd = 60

# [providers.anthropic]
# key_cmd = "pass show anthropic"

# [providers.local]              # then: -m local/NAME
# kind = "openai"
# base_url = "http://127.0.0.1:11434/v1"
# key_env = ""

# [prices."local/my-model"]      # USD per million tokens
# input = "0.10"
# output = "0.50"
"""


def show(
    context: Context,
    general: GeneralOptions,
    origin: Annotated[bool, Option("--origin", help="Also say where each value comes from.")] = False,
    json: Json = False,
) -> None:
    """The settings in force, keys masked."""
    app = begin(context, general)
    from json import dumps as json_text

    rows = _settings(app.config)
    if json:
        from llmcli.render import to_json

        app.streams.write(to_json({name: {"value": value, "origin": where} for name, value, where in rows}))
        return
    for name, value, where in rows:
        comment = f"  # {printable(where)}" if origin else ""
        # Unset settings are comments, so that the rest is TOML.
        shown = f"{name} = {json_text(value)}" if value is not None else f"# {name} is not set"
        app.streams.write(f"{shown}{comment}\n")


def path(context: Context, general: GeneralOptions) -> None:
    """The configuration files of this directory, and which of them exist."""
    app = begin(context, general)
    from llmcli.config import find_files

    files = find_files()
    for kind, file in (("user", files.user), ("project", files.project), (".env", files.dotenv)):
        named = "none" if file is None else printable(str(file))
        shown = named if file is None or file.is_file() else f"{named} (not there)"
        app.streams.write(f"{kind}: {shown}\n")


def init(context: Context, general: GeneralOptions) -> None:
    """Write a commented user configuration, unless there is one."""
    app = begin(context, general)
    from llmcli.config import find_files
    from llmcli.errors import UsageError
    from llmcli.files import write_private

    file = find_files().user
    if file.exists():
        raise UsageError(f"{file} exists already", hint="edit it")
    write_private(file, TEMPLATE.encode())
    app.streams.write(f"{file}\n")


def trust(
    context: Context,
    general: GeneralOptions,
    file: Annotated[Path | None, Argument(metavar="[FILE]", help="The file to trust [the nearest].")] = None,
    revoke: Annotated[bool, Option("--revoke", help="Trust it no longer.")] = False,
) -> None:
    """Let a project's llmcli.toml or .env, as it is now, direct keys."""
    app = begin(context, general)
    from llmcli.config import find_files, trust
    from llmcli.errors import UsageError

    files = find_files()
    chosen = file or files.project or files.dotenv
    if chosen is None:
        raise UsageError("there is no llmcli.toml or .env here or above", hint="name the file")
    if revoke:
        done = "no longer trusted" if trust.revoke(files, chosen) else "was not trusted"
        app.streams.write(f"{chosen}: {done}\n")
        return
    app.streams.write(f"{chosen}: trusted as it is now, sha256 {trust.approve(files, chosen)}\n")


COMMANDS = (show, path, init, trust)


def _settings(config: Config) -> list[tuple[str, Any, str]]:
    """Every setting and every key with a value: dotted name, value as JSON would have it, origin."""
    from llmcli.config import schema

    rows = []
    for path in sorted({*schema.scalar_paths(), *config.values}):
        value = config.values[path].value if path in config.values else schema.default(path)
        rows.append((_dotted(path), _shown(path, value), str(config.origin(path))))
    return [*rows, *_keys(config)]


def _dotted(path: tuple[str, ...]) -> str:
    """A setting's name as TOML has it."""
    from json import dumps

    return ".".join(part if part.replace("-", "").replace("_", "").isalnum() else dumps(part) for part in path)


def _keys(config: Config) -> list[tuple[str, Any, str]]:
    """Which keys are set, never what they are. A key_cmd is not run for this."""
    from llmcli.config.keys import find_variable

    found = [(name, find_variable(config, name)) for name in config.settings.providers]
    return [(f"providers.{name}.key", MASK, str(key.origin)) for name, key in found if key is not None]


def _shown(path: tuple[str, ...], value: Any) -> Any:
    """Headers may hold a secret, and addresses a login."""
    if "headers" in path:
        return MASK
    if path[-1] == "base_url" and isinstance(value, str):
        return without_login(value)
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, int | float | str) else str(value)
