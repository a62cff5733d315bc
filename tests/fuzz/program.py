"""The program as a fuzz case runs it: in this process, for a user of its own, and checked as every run must end."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from llmcli import cli
from llmcli.app import App
from llmcli.errors import ExitCode
from llmcli.ledger import LEDGER_FILE
from llmcli.streams import Streams

from ..contract.envelope import checked, results

# The ledger is begun anew after so many runs: it is not what is fuzzed.
_LEDGER_RUNS = 200
_LONGEST_LINE = 12_000


@dataclass(frozen=True)
class Ended:
    """How a run ended; `error` is what it failed with, as it was raised."""

    code: ExitCode
    out: bytes
    err: bytes
    error: BaseException | None

    @property
    def json(self) -> Any:
        return strict_json(self.out.decode())


class Program:
    """Runs commands for a user whose home, settings and state are below `folder`; `work` is the working directory."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.work = folder / "work"
        self.config = self.home / "config" / "llmcli" / "config.toml"
        self.state = self.home / "state" / "llmcli"
        for each in (self.work, self.config.parent, self.state):
            each.mkdir(parents=True, exist_ok=True)
        self._runs = 0

    def environ(self) -> dict[str, str]:
        """An environment without keys or settings."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TZ", "TMPDIR")}
        xdg = {"XDG_CONFIG_HOME": str(self.home / "config"), "XDG_STATE_HOME": str(self.home / "state")}
        return {**kept, "HOME": str(self.home), **xdg}

    def run(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ended:
        """Run one command line. Raises what must never come out of it."""
        self._runs += 1
        if self._runs % _LEDGER_RUNS == 0:
            self.forget()
        out, err = BytesIO(), BytesIO()
        app = App(Streams(stdin=BytesIO(stdin), stdout=out, stderr=err))
        raised: list[BaseException] = []

        def as_ours(error: Exception, *more: Any) -> Any:
            raised.append(error)
            return ours(error, *more)

        ours = cli._as_ours
        here = os.getcwd()
        with (
            patch.dict(os.environ, {**self.environ(), **(env or {})}, clear=True),
            patch.object(cli, "_as_ours", as_ours),
        ):
            os.chdir(self.work)
            try:
                code = cli.run(args, app)
            finally:
                app.close()
                os.chdir(here)
        return Ended(code, out.getvalue(), err.getvalue(), raised[0] if raised else None)

    def forget(self) -> None:
        """Begin with an empty ledger."""
        for file in self.state.glob(f"{LEDGER_FILE}*"):
            file.unlink()


class BugError(AssertionError):
    """Exit code 1; its cause is what the program did not foresee."""


def check(done: Ended, codes: Collection[int], *, notes: bool = False) -> None:
    """Assert that the run ended with one of `codes` and said why in one line; `notes` may stand before that line."""
    if done.code is ExitCode.BUG:
        raise BugError(done.err.decode("utf-8", "replace")) from done.error
    assert done.code in codes, f"exit code {done.code!r}: {done.err!r}"
    said = done.err.decode()
    assert "Traceback" not in said
    lines = said.splitlines()
    assert all(line.startswith("llmcli: ") and line.isprintable() for line in lines), f"stderr has {said!r}"
    assert all(len(line) < _LONGEST_LINE for line in lines), f"a line of {max(map(len, lines))} characters"
    if not notes:
        assert len(lines) == (0 if done.code is ExitCode.OK else 1), f"{done.code!r} and {said!r}"
    elif done.code is not ExitCode.OK:
        assert lines, f"{done.code!r} without a word"


def check_envelope(done: Ended) -> dict[str, Any]:
    """Assert that stdout is one envelope, that of the exit code."""
    text = done.out.decode()
    assert text.count("\n") == 1
    found: dict[str, Any] = strict_json(text)
    if found["command"] == "extract":  # which has data instead of text
        found = checked(json.dumps({k: v for k, v in found.items() if k != "data"}) + "\n", with_text=False)
    else:
        found = checked(text)
    said = found["error"]["class"] if found["error"] else "ok"
    assert said == done.code.name.lower(), f"{said} with exit code {done.code!r}"
    return found


def check_events(done: Ended) -> list[dict[str, Any]]:
    """Assert that stdout is the events of a stream, whose last is the envelope of the exit code."""
    text = done.out.decode()
    for line in text.splitlines():
        strict_json(line)
    found = results(text)
    error = found[-1]["error"]
    assert (error["class"] if error else "ok") == done.code.name.lower()
    return found


def strict_json(text: str) -> Any:
    """JSON as other programs read it, without NaN and infinity."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in {text[:200]!r}")

    return json.loads(text, parse_constant=refuse)
