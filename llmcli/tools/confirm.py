"""A call as the person sees it who is to allow it."""

from __future__ import annotations

import json
import shlex

from llmcli.errors import printable
from llmcli.messages import ToolCallPart
from llmcli.tools.python import shown_command
from llmcli.tools.shorten import shortened
from llmcli.tools.spec import LocalTool

MOST_SHOWN = 500


def describe(tool: LocalTool, call: ToolCallPart) -> str:
    """One line: the tool, its arguments as JSON, and what they are given to.

    Nothing in it can move a cursor, colour text, or turn the reading direction around: what is shown is what is run.
    """
    arguments = shortened(printable(json.dumps(call.arguments, ensure_ascii=False)), MOST_SHOWN)
    line = f"{printable(call.name)} {arguments}"
    if tool.command is None:
        return line
    return f"{line} -> {printable(shlex.join(shown_command(tool.command)))}"
