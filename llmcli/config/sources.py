"""The places a setting can come from, each read into values that remember where they stood."""

from __future__ import annotations

import difflib
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from llmcli.config import schema
from llmcli.config.settings import BUILT_IN_PROVIDERS
from llmcli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from dotenv.parser import Original

ENV_PREFIX = "LLMCLI_"
PROJECT_FILE = "llmcli.toml"
DOTENV_FILE = ".env"
_LINES_NAMED = 3
MOST_BYTES = 1 << 20  # nobody has so many settings; a checkout may have a file without end

SettingPath = tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """Where a value stood. `file` is set for files, `name` is the flag or variable."""

    kind: Literal["flag", "env", "dotenv", "project", "user", "default"]
    name: str = ""
    file: Path | None = None
    profile: str | None = None

    @property
    def in_checkout(self) -> bool:
        """Whether the value came with the working directory, so that somebody else may have written it."""
        return self.kind in ("dotenv", "project")

    def __str__(self) -> str:
        where = str(self.file) if self.file else self.name or self.kind
        if self.kind == "dotenv":
            return f"{where} ({self.name})"
        return f"{where} [profiles.{self.profile}]" if self.profile else where


@dataclass(frozen=True)
class Value:
    """A setting's value and where it came from."""

    value: Any
    origin: Origin


Layer = dict[SettingPath, Value]


@dataclass(frozen=True)
class TomlFile:
    """A configuration file, read: its own settings and those of each profile."""

    settings: Layer
    profiles: dict[str, Layer]


def read_toml(path: Path | None, kind: Literal["project", "user"]) -> TomlFile:
    """The file at `path`, or nothing if there is none. Raises ConfigError naming file and setting."""
    if path is None or not path.is_file():
        return TomlFile({}, {})
    try:
        table = tomllib.loads(_content(path).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # not only TOMLDecodeError: a number may have too many digits
        raise ConfigError(f"{path} is not valid TOML: {str(error).partition(';')[0]}") from error
    profiles = table.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise ConfigError(f"{path}: profiles must be tables", hint="write [profiles.NAME]")
    origin = Origin(kind, file=path)
    return TomlFile(
        _layer(table, origin),
        {name: _layer(each, Origin(kind, file=path, profile=name)) for name, each in profiles.items()},
    )


def _layer(table: dict[str, Any], origin: Origin) -> Layer:
    try:
        return {path: Value(_anchored(value, origin.file), origin) for path, value in schema.flatten(table)}
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error.message}") from error


def _anchored(value: Any, file: Path | None) -> Any:
    """A relative path in a file is relative to that file: in the working directory, somebody else's may be waiting."""
    return file.parent / value if isinstance(value, Path) and file is not None else value


@dataclass(frozen=True)
class Dotenv:
    """The variables of a `.env` file, and the lines that set none; `dotenv_values` would say so on stderr itself."""

    variables: dict[str, str] = field(default_factory=dict, repr=False)
    unread_lines: tuple[int, ...] = ()


def read_dotenv(path: Path | None) -> Dotenv:
    """The `.env` file at `path`, or nothing if there is none. Raises ConfigError.

    `${VAR}` is not expanded: it could carry a key from the environment into a URL that the file also sets.
    """
    if path is None:
        return Dotenv()
    from dotenv.parser import parse_stream

    try:
        text = _content(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    bindings = list(parse_stream(io.StringIO(text, newline=None)))
    variables = {each.key: each.value for each in bindings if each.key is not None and each.value is not None}
    return Dotenv(variables, tuple(_first_line(each.original) for each in bindings if each.error))


def _first_line(statement: Original) -> int:
    """Where a statement begins, which has the blank lines before it, too."""
    text: str = statement.string
    return int(statement.line) + text[: len(text) - len(text.lstrip())].count("\n")


def unread_lines(dotenv: Dotenv, path: Path | None) -> list[str]:
    """A sentence on the lines of the file that set nothing. They are not shown: one may be half of a key."""
    lines = dotenv.unread_lines
    if not lines:
        return []
    shown = ", ".join(map(str, lines[:_LINES_NAMED]))
    more = f" and {len(lines) - _LINES_NAMED} more" if len(lines) > _LINES_NAMED else ""
    named = f"lines {shown}{more} are" if len(lines) > 1 else f"line {shown} is"
    return [f"{path}: {named} not NAME=VALUE, ignored"]


def _content(path: Path) -> bytes:
    """What is in a file of settings. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{path} is larger than 1 MiB", hint="is it a file of settings?")
    return data


def variable_name(path: SettingPath) -> str:
    """The environment variable of a setting: `("retry", "max_wait_s")` is `LLMCLI_RETRY_MAX_WAIT_S`."""
    return ENV_PREFIX + "_".join(path).upper().replace("-", "_").replace(".", "_")


def read_variables(
    variables: Mapping[str, str], kind: Literal["env", "dotenv"], providers: Iterable[str], file: Path | None = None
) -> Layer:
    """The settings among environment variables. `providers` are the names configured so far."""
    layer: Layer = {}
    for path in _variable_paths(providers):
        name = variable_name(path)
        if raw := variables.get(name):
            try:
                layer[path] = Value(_anchored(schema.convert(path, raw), file), Origin(kind, name=name, file=file))
            except ConfigError as error:
                where = f"{file}: " if file else ""
                raise ConfigError(f"{where}{name}: {error.message}") from error
    return layer


def flag_value(path: SettingPath, given: object, flag: str) -> Value:
    """A setting's value as it was given for this run, by what messages call `flag`. Raises UsageError."""
    try:
        return Value(schema.convert(path, given), Origin("flag", name=flag))
    except ConfigError as error:
        raise UsageError(f"{flag}: {error.message}") from error


def _variable_paths(providers: Iterable[str]) -> Iterator[SettingPath]:
    yield from schema.scalar_paths()
    for provider in sorted({*providers, *BUILT_IN_PROVIDERS}):
        for name in schema.fields_of_table("providers"):
            yield ("providers", provider, name)


def unknown_variables(variables: Mapping[str, str], providers: Iterable[str], also: Iterable[str]) -> list[str]:
    """A sentence for each `LLMCLI_*` variable that means nothing: most likely a slip of the pen."""
    known = [variable_name(path) for path in _variable_paths(providers)] + list(also)
    sentences = []
    for name in sorted(variables):
        if name.startswith(ENV_PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            advice = f": did you mean {close[0]}?" if close else ""
            sentences.append(f"{name} is not a setting, ignored{advice}")
    return sentences


def nearest(name: str, start: Path) -> Path | None:
    """The file called `name` in `start` or the closest directory above it."""
    return next((folder / name for folder in (start, *start.parents) if (folder / name).is_file()), None)
