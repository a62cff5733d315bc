"""The tools of one command: offered to the model, and run here if the user allows it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from llmcli.app import App
from llmcli.commands.options import ToolOptions
from llmcli.durations import parse_duration_s
from llmcli.errors import UsageError
from llmcli.messages import Request, ToolCallPart, ToolResultPart

if TYPE_CHECKING:
    from llmcli.tools.spec import LocalTool

_DECLINED = "the user did not allow this call"


class ToolBox:
    """What `--tool` names. Raises UsageError if commands could be run that nobody can allow."""

    def __init__(self, app: App, options: ToolOptions) -> None:
        self._app = app
        self._options = options
        self._tools: dict[str, LocalTool] = {}
        self.most_rounds = options.max_rounds
        if options.tool:
            self._load(options.tool)
        elif options.tool_choice is not None:
            raise UsageError("--tool-choice without --tool", hint="name a tool")

    def _load(self, specs: Sequence[str]) -> None:
        from llmcli.tools.spec import load_tools

        self._tools = {tool.tool.name: tool for tool in load_tools(specs, self._environment())}
        choice = self._options.tool_choice
        if choice is not None and choice not in ("auto", "any", "none", *self._tools):
            raise UsageError(f'--tool-choice "{choice}" is no tool', hint=f"tools: {', '.join(self._tools)}")
        runs = any(tool.command is not None for tool in self._tools.values())
        if runs and not self._options.yes and not self._watched():
            raise UsageError("nobody is there to allow what tools run", hint="allow all of it with --yes")

    def offer(self, request: Request) -> Request:
        """The request with the tools that the model may call."""
        return replace(
            request, tools=tuple(tool.tool for tool in self._tools.values()), tool_choice=self._options.tool_choice
        )

    def can_answer(self, calls: Sequence[ToolCallPart]) -> bool:
        """Whether there are calls, and all of them are ours to run. A tool that does not exist is ours to refuse."""
        known = [self._tools.get(call.name) for call in calls]
        return bool(calls) and all(tool is None or tool.command is not None for tool in known)

    def results_of(self, calls: Sequence[ToolCallPart]) -> tuple[ToolResultPart, ...]:
        """Run the calls that are allowed, all at once; the results are in the order of the calls."""
        from llmcli.tools.run import ToolLimits, run_calls

        allowed = [call for call in calls if self._allows(call)]
        limits = ToolLimits(timeout_s=parse_duration_s(self._options.tool_timeout))
        done = iter(self._app.run(run_calls(self._tools, allowed, limits, self._environment())))
        return tuple(
            next(done) if call in allowed else ToolResultPart(call.id, _DECLINED, is_error=True) for call in calls
        )

    def _allows(self, call: ToolCallPart) -> bool:
        """Whether the user wants it run: asked at the terminal, unless `--yes` said so for all."""
        from llmcli.tools.confirm import describe

        tool = self._tools.get(call.name)
        if tool is None:
            return True  # nothing is run: the model is told that there is no such tool
        if self._options.yes:
            self._app.streams.detail(f"running {describe(tool, call)}")
            return True
        return self._app.streams.confirm(f"run {describe(tool, call)}?")

    def _watched(self) -> bool:
        return self._app.streams.stdin_is_tty and self._app.streams.stderr_is_tty

    def _environment(self) -> dict[str, str]:
        from llmcli.config.keys import key_variable
        from llmcli.tools.environ import tool_environment

        config = self._app.config
        return tool_environment(os.environ, [key_variable(config, name) for name in config.settings.providers])
