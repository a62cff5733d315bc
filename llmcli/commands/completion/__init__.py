"""TAB in bash, zsh and fish: show, install."""

from __future__ import annotations

from llmcli.commands.completion.put import install, show

COMMANDS = (show, install)
