"""What only a conversation has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from typer import Option

from llmcli.choices import WindowMode
from llmcli.commands.options import Json, Raw


@dataclass(frozen=True)
class ChatOptions:
    """What only a conversation has."""

    HEADING: ClassVar[str] = "Conversation"

    session: Annotated[str | None, Option("--session", metavar="SESSION", help="Keep the conversation.")] = None
    list_sessions: Annotated[bool, Option("--list", help="List the sessions.")] = False
    show: Annotated[str | None, Option("--show", metavar="SESSION", help="Print a session.")] = None
    remove: Annotated[str | None, Option("--rm", metavar="SESSION", help="Delete a session.")] = None
    save_on_exit: Annotated[
        Path | None, Option("--save-on-exit", metavar="FILE", help="Write the conversation there at the end.")
    ] = None
    window: Annotated[WindowMode, Option("--window", help="Turns that no longer fit.")] = "slide"
    window_turns: Annotated[
        int | None, Option("--window-turns", min=1, metavar="N", help="Send at most the last N turns.")
    ] = None
    window_tokens: Annotated[
        int | None, Option("--window-tokens", min=1, metavar="N", help="Send at most about N tokens.")
    ] = None
    tool_result: Annotated[
        list[str] | None, Option("--tool-result", metavar="ID=TEXT|@FILE", help="Answer a call of the last turn.")
    ] = None
    pin: Annotated[list[int] | None, Option("--pin", min=1, metavar="N", help="Always send turn N.")] = None
    json: Json = False
    raw: Raw = False
