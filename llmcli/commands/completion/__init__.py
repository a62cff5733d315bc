"""Completion for bash, zsh and fish: `show` prints the script, `install` puts it where the shell looks."""

from __future__ import annotations

from llmcli.commands.completion.put import install, show

COMMANDS = (show, install)
