"""`llmcli batch INPUT` is short for `llmcli batch run INPUT`."""

from __future__ import annotations

from typing import Any

from llmcli.commands.help import Group


class BatchGroup(Group):
    """A file that is called like a command is named with its path: ./status."""

    default = "run"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
