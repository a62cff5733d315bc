"""Where each shell looks for completion scripts, and what else a user must do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast, get_args

from llmcli.errors import UsageError

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = get_args(Shell)

# Below a data directory (XDG_DATA_HOME, or one of XDG_DATA_DIRS), the file that the shell reads.
SHARED: dict[Shell, tuple[str, ...]] = {
    "bash": ("bash-completion/completions/llmcli",),
    "zsh": ("zsh/site-functions/_llmcli", "zsh/vendor-completions/_llmcli"),
    "fish": ("fish/vendor_completions.d/llmcli.fish",),
}
# Without bash-completion, bash looks nowhere by itself.
_BASH_COMPLETION = ("bash-completion/bash_completion", "../etc/profile.d/bash_completion.sh")


def shell_of_user(environ: Mapping[str, str] = os.environ) -> Shell:
    """The shell that SHELL names. Raises UsageError."""
    path = environ.get("SHELL", "")
    if Path(path).name not in SHELLS:
        raise UsageError(
            f'SHELL is "{path}", for which there is no completion', hint=f"choose with --shell: {', '.join(SHELLS)}"
        )
    return cast(Shell, Path(path).name)


def own_place(shell: Shell, environ: Mapping[str, str] = os.environ) -> Path:
    """The user's own place for the script, whether or not it is there."""
    if shell == "fish":
        return _config_home(environ) / "fish" / "completions" / "llmcli.fish"
    # bash-completion takes several directories in the variable, separated by colons
    if shell == "bash" and (named := environ.get("BASH_COMPLETION_USER_DIR", "").partition(":")[0]):
        return Path(named) / "completions" / "llmcli"
    return _data_home(environ) / SHARED[shell][0]


def installed(shell: Shell, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The script that the shell finds, in the user's or the system's directories; None if there is none."""
    shared = [folder / name for folder in (_data_home(environ), *_data_dirs(environ)) for name in SHARED[shell]]
    return next((place for place in (own_place(shell, environ), *shared) if place.is_file()), None)


def advice(shell: Shell, place: Path, environ: Mapping[str, str] = os.environ) -> str:
    """What is left to do after the script was written to `place`; nothing but a new shell, where that is enough."""
    done = "shells that you start from now on complete llmcli"
    if shell == "zsh":
        settings = Path(environ.get("ZDOTDIR") or Path.home()) / ".zshrc"
        if _names(settings, place.parent):
            return done
        line = f"fpath=('{place.parent}' $fpath) && autoload -Uz compinit && compinit"
        return f"add to {settings}, in place of a compinit that is there: {line}"
    if shell == "bash":
        settings = Path.home() / ".bashrc"
        loaded = any((folder / name).is_file() for folder in _data_dirs(environ) for name in _BASH_COMPLETION)
        if not loaded and not _names(settings, place):
            return f"without bash-completion, add to {settings}: . '{place}'"
    return done


def _names(settings: Path, path: Path) -> bool:
    """Whether a shell's settings name the path: in full, or from the home directory on."""
    try:
        text = settings.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    home = Path.home()
    return str(path) in text or (path.is_relative_to(home) and f"/{path.relative_to(home)}" in text)


def _config_home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _data_home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def _data_dirs(environ: Mapping[str, str]) -> list[Path]:
    named = environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [Path(each) for each in [*named.split(":"), "/opt/homebrew/share"] if each]
