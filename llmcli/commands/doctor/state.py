"""The state directory and the ledger in it: whether what is spent is recorded."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from pathlib import Path
from shlex import quote
from typing import assert_never

from llmcli.app import App
from llmcli.budget import Budget
from llmcli.commands.doctor.check import Check, Checks, ok, problem, warn
from llmcli.errors import BudgetError, ConfigError, LlmcliError, UsageError
from llmcli.ledger import LEDGER_FILE
from llmcli.ledger.health import health_of

_NAME = "state directory"
_MOVE = "export LLMCLI_STATE_DIR=/DIRECTORY"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def checks(app: App) -> Checks:
    try:
        folder = app.config.state_dir
    except ConfigError as error:
        yield problem(_NAME, error)
        return
    yield from _directory(app, folder)
    ledger = folder / LEDGER_FILE
    try:
        ledger.lstat()
    except (FileNotFoundError, NotADirectoryError):
        yield ok("ledger", "none yet")
    except OSError:  # of a directory that may not be looked into, which was told above
        return
    else:
        yield from _ledger(app, ledger)


def _directory(app: App, folder: Path) -> Checks:
    if not folder.is_absolute():
        yield warn(_NAME, f"{folder} is another one in each working directory", _MOVE)
        return
    there = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(1 << 16))
    except OSError as error:
        yield _unrecorded(app, _NAME, f"cannot write in {there}: {error.strerror}", _MOVE)
        return
    if there != folder:
        yield ok(_NAME, f"{folder} will be made")
    elif folder.stat().st_mode & _OTHERS:
        yield warn(_NAME, f"{folder} is open to others", f"chmod 700 {quote(str(folder))}")
    else:
        yield ok(_NAME, str(folder))


def _ledger(app: App, path: Path) -> Checks:
    health, shown = health_of(path), quote(str(path))
    away = f"mv {shown} {quote(f'{path}.damaged')}"
    match health.fault:
        case "damaged":
            error = UsageError(health.words, hint="move it away, or set state_dir")
            yield problem("ledger", _capped(app, health.words) or error, away)
        case "unreadable":
            error = UsageError(health.words, hint="make it readable, or set state_dir")
            yield problem("ledger", _capped(app, health.words) or error, _opened(path))
        case "link":
            yield _unrecorded(app, "ledger", health.words, away)
        case "locked":
            yield _unrecorded(app, "ledger", health.words, f"fuser -v {shown}")
        case "refused":
            yield _unrecorded(app, "ledger", health.words, _opened(path))
        case None if path.stat().st_mode & _OTHERS:
            yield warn("ledger", f"{path} is open to others", f"chmod 600 {shown}*")
        case None:
            yield ok("ledger", f"{health.attempts:,} attempts, {path.stat().st_size / 1e6:.1f} MB")
        case fault:
            assert_never(fault)


def _opened(path: Path) -> str:
    """What gives us the ledger and the files next to it: after a run under sudo they are root's."""
    shown = f"{quote(str(path))}*"
    return f"chmod u+rw {shown}" if path.stat().st_uid == os.geteuid() else f"sudo chown {os.geteuid()} {shown}"


def _unrecorded(app: App, name: str, fact: str, fix: str) -> Check:
    """Calls are made all the same, unless there is a cap that they cannot be held against."""
    capped = _capped(app, fact)
    return warn(name, fact, fix) if capped is None else problem(name, capped, fix)


def _capped(app: App, fact: str) -> LlmcliError | None:
    """What calls fail with if there is a cap."""
    settings = app.config.settings
    named = [cap.name for cap in Budget(settings.budget).all_caps(time.time())]
    named += ["max_cost_usd"] if settings.max_cost_usd is not None else []
    if not named:
        return None
    return BudgetError(f"{fact}; {named[0]} cannot be checked without it", hint="mend it, or lift the cap")
