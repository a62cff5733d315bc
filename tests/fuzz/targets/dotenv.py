"""`.env` files: a variable there means what it means in the environment, and what is wrong is exit 3."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from llmcli.config import load, sources, trust
from llmcli.errors import ConfigError, ExitCode

from .. import mutate
from ..campaign import Target
from ..program import Program, check
from ..settings import WRONG

_WHOLE = 0.05
_VALUES = ("sim", "1", "0.5", "30", "1m", "a,b", '["a"]', "auto", "low", "x y", "", "http://127.0.0.1:9/v1", "80%",
           "-1", "nan", "inf", "é", "#x", "a#b", "${HOME}", "$(id)", "\\n", "9" * 5000, "[" * 2000,
           "~nobody/x")  # fmt: skip
_QUOTES = ("{}", '"{}"', "'{}'", " {} ", "{} # note")
# What they are relative to differs.
_PATHS = ("_STATE_DIR", "_USAGE_LOG", "_KEY_FILE")
_KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OTHER", "LLMCLI_MODLE", "LLMCLI_PROFILE")
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("config", "show", "--json"),
    ("ask", "-n", "-m", "sim", "hi"),
    ("ask", "-n", "-m", "claude-haiku-5-5", "--print-request", "curl", "hi"),
    ("models",),
)
_CODES = (ExitCode.OK, ExitCode.USAGE, ExitCode.CONFIG, ExitCode.AUTH, ExitCode.TRUNCATED, ExitCode.BUDGET)


@dataclass(frozen=True)
class Case:
    """A file; `variable` if it holds nothing but that."""

    data: bytes
    variable: tuple[str, str] | None
    command: tuple[str, ...] | None


class Dotenv(Target):
    """The nearest `.env`."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._file = program.work / ".env"
        paths = sources._variable_paths(())
        names = map(sources.variable_name, paths)
        self._names = [name for name in names if not name.endswith(_PATHS)]

    def case(self, random: Random) -> Case:
        command = random.choice(_COMMANDS) if random.random() < _WHOLE else None
        if random.random() < 0.25:
            name, value = random.choice(self._names), random.choice((*_VALUES, *WRONG))
            if value.isprintable() and "'" not in value and "\\" not in value:
                return Case(f"{name}='{value}'\n".encode(), (name, value), command)
        data = self._text(random).encode("utf-8", "surrogatepass")
        if random.random() < 0.8:
            data = mutate.changed(random, data, (self._text(random).encode(),))
        return Case(data, None, command)

    def _text(self, random: Random) -> str:
        lines = []
        for _ in range(random.randint(0, 5)):
            name, value = random.choice((*self._names, *_KEYS)), random.choice(_VALUES)
            export = random.choice(("", "", "export "))
            lines.append(f"{export}{name}{random.choice(('=', ' = ', ''))}{random.choice(_QUOTES).format(value)}")
        return "\n".join(["# settings", *lines, ""])

    def check(self, case: Case) -> None:
        self._file.write_bytes(case.data)
        if case.command is not None:
            check(self._program.run(*case.command), _CODES, notes=True)
            return
        there = self._said()
        if case.variable is not None:
            self._file.unlink()
            name, value = case.variable
            # Python cannot have a variable with a NUL in it; a file may have one.
            here = self._said({name: value} if value else {})
            assert there == here, f"{there} in .env, {here} in the environment"

    def _said(self, variables: dict[str, str] | None = None) -> object:
        """The settings that are not defaults, or the refusal."""
        environ = {**self._program.environ(), **(variables or {})}
        try:
            config = load({}, environ, self._program.work)
        except ConfigError as error:
            assert error.line().isprintable()
            return "refused"
        try:
            trust.check_settings(config)
        except ConfigError as error:
            assert error.line().isprintable()
        return {path: found.value for path, found in config.values.items() if found.origin.kind != "default"}
