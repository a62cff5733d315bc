"""The one configuration loader.

A setting's value is taken from the first of these that has it:

 1. the command-line flag
 2. the environment: `LLMCLI_*`
 3. the nearest `.env` from the working directory up, the same names
 4. the chosen profile in the project file, then in the user file
 5. the nearest `llmcli.toml` from the working directory up (the project file)
 6. the user's `config.toml` in the platform's configuration directory, or at `LLMCLI_CONFIG`
 7. the default

Every value remembers its origin. What came with the working directory (3, 4 and 5) may have been written by
somebody else, so `config.trust` decides what it may do.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from llmcli.config.settings import BUILT_IN_PROVIDERS, Settings
from llmcli.config.sources import (
    DOTENV_FILE,
    PROJECT_FILE,
    Layer,
    Origin,
    SettingPath,
    TomlFile,
    Value,
    nearest,
    read_dotenv,
    read_toml,
    read_variables,
    unknown_variables,
    unread_lines,
    variable_name,
)
from llmcli.errors import ConfigError

CONFIG_VARIABLE = "LLMCLI_CONFIG"
DEFAULT = Origin("default")

T = TypeVar("T")


@dataclass(frozen=True)
class ConfigFiles:
    """The files of one run; None where there is none. `user` is where it would be, even if it is missing."""

    user: Path
    project: Path | None
    dotenv: Path | None


@dataclass(frozen=True)
class Config:
    """The resolved settings and where each came from."""

    settings: Settings
    values: Layer
    files: ConfigFiles
    environ: Mapping[str, str] = field(repr=False)
    dotenv: Mapping[str, str] = field(repr=False)
    profiles: tuple[str, ...] = ()
    without_checkout: Layer = field(default_factory=dict)  # what the user's own file, environment and flags say
    unread: tuple[str, ...] = ()  # a sentence on what of the files could not be read

    def origin(self, path: SettingPath) -> Origin:
        """Where the setting at `path` came from."""
        return self.values[path].origin if path in self.values else DEFAULT

    @cached_property
    def state_dir(self) -> Path:
        """Where ledger, sessions and other state live."""
        if self.settings.state_dir is not None:
            return self.settings.state_dir
        return _platform_path("user_state_path", variable_name(("state_dir",)))

    def warnings(self) -> list[str]:
        """What the user should know about the configuration, a sentence each."""
        names = self.settings.providers
        return [*self.unread, *unknown_variables(self.environ, names, also=[CONFIG_VARIABLE])]


def load(
    flags: Mapping[SettingPath, Value] | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Config:
    """Read every source once and merge them. Raises ConfigError naming file and setting."""
    environ = os.environ if environ is None else environ
    files = find_files(environ, cwd)
    user, project = read_toml(files.user, "user"), read_toml(files.project, "project")
    dotenv = read_dotenv(files.dotenv)
    defaults: Layer = {
        ("providers", name, key): Value(value, DEFAULT)
        for name, provider in BUILT_IN_PROVIDERS.items()
        for key, value in provider.items()
    }
    plain = {**defaults, **user.settings, **project.settings}
    names = {path[1] for path in _all_paths(user, project) if path[0] == "providers"}
    own = {**read_variables(environ, "env", names), **(flags or {})}
    over = {**read_variables(dotenv.variables, "dotenv", names, files.dotenv), **own}
    known = tuple(sorted({*user.profiles, *project.profiles}))
    chosen = over.get(("profile",)) or plain.get(("profile",))
    profile = _profile(chosen, known)
    values = {**plain, **user.profiles.get(profile, {}), **project.profiles.get(profile, {}), **over}
    owned = own.get(("profile",)) or user.settings.get(("profile",))
    without_checkout = {**user.settings, **user.profiles.get(str(owned.value) if owned else "", {}), **own}
    unread = tuple(unread_lines(dotenv, files.dotenv))
    settings = _build(Settings, values, ())
    return Config(settings, values, files, environ, dotenv.variables, known, without_checkout, unread)


def find_files(environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> ConfigFiles:
    """Where the configuration of a run in `cwd` is, whether or not it is readable."""
    environ = os.environ if environ is None else environ
    try:
        here = (cwd or Path.cwd()).absolute()
    except OSError as error:
        raise ConfigError(f"the working directory cannot be read: {error.strerror}", hint="cd to another") from error
    if named := environ.get(CONFIG_VARIABLE):
        user = Path(os.path.expanduser(named))  # noqa: PTH111 - leaves ~nobody as it is, where pathlib raises
        if not user.is_file():
            raise ConfigError(f"{CONFIG_VARIABLE} names {user}, which does not exist")
    else:
        user = _platform_path("user_config_path", CONFIG_VARIABLE) / "config.toml"
    return ConfigFiles(user, nearest(PROJECT_FILE, here), nearest(DOTENV_FILE, here))


def _platform_path(what: Literal["user_config_path", "user_state_path"], variable: str) -> Path:
    """Where the platform has such files of ours; `variable` names another place. Raises ConfigError."""
    import platformdirs

    try:
        path: Path = getattr(platformdirs, what)("llmcli", appauthor=False)
    except RuntimeError as error:
        raise ConfigError("there is no home directory", hint=f"set HOME, or {variable}") from error
    return path


def _profile(chosen: Value | None, known: tuple[str, ...]) -> str:
    """The name of the chosen profile, or nothing. Raises ConfigError."""
    if chosen is None:
        return ""
    name = str(chosen.value)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        advice = f"did you mean {close[0]}?" if close else f"known: {', '.join(known) or 'none'}"
        raise ConfigError(f'unknown profile "{name}" ({chosen.origin})', hint=advice)
    return name


def _all_paths(*files: TomlFile) -> set[SettingPath]:
    layers = [layer for file in files for layer in (file.settings, *file.profiles.values())]
    return {path for layer in layers for path in layer}


def _build(cls: type[T], values: Layer, prefix: SettingPath) -> T:
    """An instance of a settings class from the values below `prefix`; what is missing keeps its default."""
    hints = get_type_hints(cls)
    found: dict[str, Any] = {}
    for item in fields(cls):  # type: ignore[arg-type]
        path, kind = (*prefix, item.name), hints[item.name]
        if is_dataclass(kind) and isinstance(kind, type):
            found[item.name] = _build(kind, values, path)
        elif get_origin(kind) is dict:
            found[item.name] = _build_table(get_args(kind)[1], values, path)
        elif path in values:
            found[item.name] = values[path].value
    return cls(**found)


def _build_table(entry: Any, values: Layer, path: SettingPath) -> dict[str, Any]:
    depth = len(path)
    names = dict.fromkeys(each[depth] for each in values if each[:depth] == path and len(each) > depth)
    if is_dataclass(entry) and isinstance(entry, type):
        return {name: _build(entry, values, (*path, name)) for name in names}
    return {name: values[(*path, name)].value for name in names}
