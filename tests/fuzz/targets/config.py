"""Configuration files: right ones are taken with every value, wrong ones are exit 3 and never more."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from llmcli import models
from llmcli.commands import config as commands
from llmcli.config import load, trust
from llmcli.config.keys import find_variable
from llmcli.errors import ConfigError, ExitCode

from .. import mutate
from ..campaign import Target
from ..program import Program, check, strict_json
from ..settings import Setting, text_of, valid_document, wrong_document

_WHOLE = 0.05
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("config", "show", "--json"),
    ("config", "show", "--origin"),
    ("config", "path"),
    ("models",),
    ("models", "--json"),
    ("ask", "-n", "-m", "sim", "hi"),
    ("ask", "-n", "--profile", "ci", "-m", "sim", "hi"),
    ("ask", "-n", "--print-request", "json", "hi"),
    ("chat", "-m", "sim", "-n", "hi"),
    ("count-tokens", "-n", "--offline", "hi"),
    ("cost",),
    ("cost", "prices", "--json"),
    ("cost", "report", "--json"),
    ("batch", "run", "--dry-run", "-m", "sim", "--lines"),
)
# What settings may make of these commands, beside a configuration that is refused.
_CODES = (ExitCode.OK, ExitCode.CONFIG, ExitCode.USAGE, ExitCode.AUTH, ExitCode.TRUNCATED, ExitCode.BUDGET)
_LATE_CODES = (*_CODES, ExitCode.UNAVAILABLE, ExitCode.PARTIAL)


@dataclass(frozen=True)
class Case:
    """A file, and what it must give if that is known."""

    data: bytes
    user: bool
    settings: tuple[Setting, ...] | None
    command: tuple[str, ...] | None


class Config(Target):
    """The user's `config.toml` or a project's `llmcli.toml`."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._project = program.work / "llmcli.toml"
        # platformdirs looks at the process's own environment, which is nobody's here.
        self._environ = {**program.environ(), "LLMCLI_CONFIG": str(program.config)}

    def case(self, random: Random) -> Case:
        command = random.choice(_COMMANDS) if random.random() < _WHOLE else None
        user = random.random() < 0.7
        settings = valid_document(random)
        data = text_of(settings).encode()
        kind = random.random()
        if kind < 0.2:
            return Case(data, True, settings, command)
        if kind < 0.5:
            return Case(wrong_document(random, settings).encode("utf-8", "surrogatepass"), user, None, command)
        others = (text_of(valid_document(random)).encode(),)
        return Case(mutate.changed(random, data, others), user, None, command)

    def check(self, case: Case) -> None:
        for file, mine in ((self._program.config, case.user), (self._project, not case.user)):
            file.unlink(missing_ok=True)
            if mine:
                file.write_bytes(case.data)
        environ = self._environ if case.user else self._program.environ()
        if case.command is None:
            self._load(case, environ)
            return
        done = self._program.run(*case.command, stdin=b"a\nb\n")
        notes = case.command[0] != "config"
        check(done, _LATE_CODES, notes=notes)
        if done.code is ExitCode.OK and "--json" in case.command:
            for line in done.out.decode().splitlines():
                strict_json(line)
        # Without the file's leave no command goes on; `config path` does not read it.
        if _toml(case.data) is None and case.command != ("config", "path"):
            assert done.code is ExitCode.CONFIG, done.err

    def _load(self, case: Case, environ: dict[str, str]) -> None:
        table = _toml(case.data)
        try:
            config = load({}, environ, self._program.work)
            rows = {name: value for name, value, _ in commands._settings(config)}
        except ConfigError as error:
            assert case.settings is None, f"a valid file was refused: {error.line()}"
            assert error.line().isprintable()
            return
        assert table is not None, "a file that is no TOML was taken"
        if case.settings is not None:
            for each in case.settings:
                name = commands._dotted(each.path)
                assert rows[name] == each.shown, f"{name} is {rows[name]!r}, not {each.shown!r}"
        for path in _leaves({name: each for name, each in table.items() if name != "profiles"}):
            assert path in config.values, f"{path} was dropped"
        self._use(config)

    def _use(self, config: Any) -> None:
        """What every command does with the settings."""
        try:
            trust.check_settings(config)
            for provider in config.settings.providers:
                find_variable(config, provider)
            models.route(config, config.settings.model or "sim")
        except ConfigError as error:
            assert error.line().isprintable()


def _toml(data: bytes) -> dict[str, Any] | None:
    try:
        # Python reads text files with any line end, which is more than TOML takes.
        return tomllib.loads(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig").read())
    except (ValueError, RecursionError):
        return None


def _leaves(table: dict[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*prefix, name))
        else:
            yield (*prefix, name)
