"""The files that settings are read from, and whether they can be."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote

from llmcli.app import App
from llmcli.commands.doctor.check import Check, Checks, ok, problem, warn
from llmcli.config import ConfigFiles, find_files, trust
from llmcli.config.sources import ENV_PREFIX
from llmcli.errors import ConfigError

# At the beginning, or behind the name of a profile.
_VARIABLE = re.compile(rf"(?:^|\()({ENV_PREFIX}\w+)")


def checks(app: App) -> Checks:
    """If the last is a problem, there are no settings to go by."""
    files = None
    try:
        files = find_files()
        yield ok("user config", str(files.user) if files.user.is_file() else f"none ({files.user})")
        if files.project is not None:
            yield ok("project config", _with_trust(files, files.project))
        if files.dotenv is not None:
            yield ok(".env", _with_trust(files, files.dotenv))
        for sentence in app.config.warnings():
            yield warn("settings", sentence, f"unset {sentence.partition(' ')[0]}")
        profile = app.config.settings.profile
        yield ok("settings", "can be read" if profile is None else f"can be read, profile {profile}")
    except ConfigError as error:
        fix = _where(files, error)
        yield Check("settings", "problem", error.line(), fix, error) if fix else problem("settings", error)


def _with_trust(files: ConfigFiles, file: Path) -> str:
    """Raises ConfigError."""
    return f"{file}, {'trusted' if trust.is_approved(files, file) else 'not trusted'}"


def _where(files: ConfigFiles | None, error: ConfigError) -> str | None:
    """What to type to get at what the error names; None if its hint has to do."""
    for file in (files.user, files.project, files.dotenv) if files else ():
        if file is not None and str(file) in error.message:
            opened = not isinstance(error.__cause__, PermissionError)
            return f"{'${EDITOR:-vi}' if opened else 'chmod u+r'} {quote(str(file))}"
    variable = _VARIABLE.search(error.message)
    if variable:
        return f"unset {variable[1]}"
    return None if error.hint else "llmcli config path"
