"""bash, zsh and fish at a pseudo-terminal: what is on the line after TAB, and all that it could have been.

Nothing is read off the screen. Each shell has two keys of ours: one writes its line into a file, the other all that
it would offer there.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path

import pexpect
from typer import Typer
from typer.main import get_command

from llmcli.commands.completion.tree import Command, commands_of

from ..helpers import ROOT

TAB = "\t"
WRITE = "\x18d"  # Ctrl-X d
OFFER = "\x18a"  # Ctrl-X a
CLEAR = "\x15"  # Ctrl-U
WAIT_S = 20.0
END = "\4\n"  # at the end of what a shell writes

FOLDER = ROOT / "completions"
SCRIPTS = {"bash": FOLDER / "llmcli.bash", "zsh": FOLDER / "_llmcli", "fish": FOLDER / "llmcli.fish"}

BASH = r"""
PS1='$ '
bind 'set bell-style none'
bind -x '"\C-xd": printf "%s\n\4\n" "$READLINE_LINE" >"$ANSWER"'
bind '"\C-xa": insert-completions'
"""
ZSH = r"""
PS1='$ '
bindkey -e
write-line() { printf '%s\n\4\n' "$BUFFER" >"$ANSWER" }
zle -N write-line
bindkey '^Xd' write-line
zle -C all-matches complete-word _generic
bindkey '^Xa' all-matches
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' old-matches false
zstyle ':completion:all-matches:*' insert true
"""
FISH = r"""
function fish_prompt; echo -n '$ '; end
bind \cxd 'printf "%s\n\4\n" (commandline) >$ANSWER'
bind \cxa 'begin; complete -C (commandline -cp); printf "\4\n"; end >$ANSWER'
"""


class Shell:
    """One interactive shell, in `folder`, with completion of llmcli loaded as `load` says."""

    name: str
    arguments: tuple[str, ...]
    settings: str
    load: str

    def __init__(self, folder: Path, environ: Mapping[str, str], load: str = "", before: str = "") -> None:
        self.screen = ""  # all that was printed
        self._answer = folder.parent / f"answer-of-{self.name}"
        settings = folder.parent / f"settings.{self.name}"
        settings.write_text("\n".join((before, self.settings, load or self.load, "")))
        self._child = pexpect.spawn(
            self.name,
            list(self.arguments),
            env={**environ, "ANSWER": str(self._answer), "TERM": "xterm", "HISTFILE": "", "INPUTRC": os.devnull},
            cwd=str(folder),
            timeout=WAIT_S,
            dimensions=(50, 200),
            encoding="utf-8",
            echo=False,
        )
        self._child.delaybeforesend = None
        self._child.send(f" {'builtin ' if self.name == 'zsh' else ''}source {shlex.quote(str(settings))}\r")

    def tab(self, line: str) -> str:
        """What is on the line after it was typed and TAB was pressed."""
        return self._answer_to(f"{line}{TAB}{WRITE}")

    def offered(self, line: str) -> list[str]:
        """All that could be in place of the line's last word, sorted; without what is put behind it to go on."""
        written = self._answer_to(f"{line}{OFFER}{WRITE}")
        return [] if written == line else self._sorted(shlex.split(written[line.rindex(" ") + 1 :]))

    def _sorted(self, names: list[str]) -> list[str]:
        return sorted(name.rstrip("/=,") for name in names)

    def close(self) -> None:
        self._child.close(force=True)

    def _answer_to(self, keys: str) -> str:
        self._answer.unlink(missing_ok=True)
        self._child.send(CLEAR + keys)
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            self._read_screen()
            with contextlib.suppress(FileNotFoundError):
                answer = self._answer.read_text(encoding="utf-8")
                if answer.endswith(END):
                    return answer.removesuffix(END).removesuffix("\n")
        raise AssertionError(f"{self.name} did not answer to {keys!r}; it shows {self.screen[-500:]!r}")

    def _read_screen(self) -> None:
        """What was printed since, or within the next moment: unread, it would make the shell wait."""
        with contextlib.suppress(pexpect.TIMEOUT):
            self.screen += self._child.read_nonblocking(1 << 16, timeout=0.002)


class Bash(Shell):
    name = "bash"
    arguments = ("--noprofile", "--norc", "-i")
    settings = BASH
    load = f"source '{SCRIPTS[name]}'"


class Zsh(Shell):
    name = "zsh"
    arguments = ("-f", "-i")
    settings = ZSH
    load = f"autoload -Uz compinit && compinit -D -u; source '{SCRIPTS[name]}'"


class Fish(Shell):
    name = "fish"
    arguments = ("--no-config", "-i")
    settings = FISH
    load = f"source '{SCRIPTS[name]}'"

    def offered(self, line: str) -> list[str]:
        answer = self._answer_to(f"{line}{OFFER}")
        return self._sorted([each.split("\t")[0] for each in answer.splitlines()])


def tree(program: Typer) -> list[Command]:
    """All commands, as the scripts are written from them."""
    return commands_of(get_command(program))


SHELLS: dict[str, type[Shell]] = {kind.name: kind for kind in (Bash, Zsh, Fish)}
