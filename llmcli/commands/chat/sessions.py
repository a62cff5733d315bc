"""`chat --list`, `--show` and `--rm`: the sessions that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcli.app import App
from llmcli.chat import sessions
from llmcli.chat.sessions import SessionFile, SessionStore
from llmcli.errors import UsageError
from llmcli.render import to_json

if TYPE_CHECKING:
    from llmcli.commands.chat.options import ChatOptions


def store_of(app: App) -> SessionStore:
    return SessionStore(app.config.state_dir / "sessions", app.streams.note)


def manage(app: App, options: ChatOptions) -> None:
    """Do what was asked with sessions; nothing is sent."""
    store = store_of(app)
    if options.remove is not None:
        store.remove(options.remove)
    elif options.show is not None:
        session = store.load(options.show)
        if session is None:
            raise UsageError(f'there is no session "{options.show}"', hint="see llmcli chat --list")
        app.streams.write(_as_json(session) if options.json else _transcript(session))
    else:
        _list(app, store, as_json=options.json)


def _as_json(session: SessionFile) -> str:
    return to_json(sessions.as_data(session))


def _transcript(session: SessionFile) -> str:
    """The conversation for a person: each turn's question behind `>`, then its answer."""
    blocks = [f"system: {session.conversation.system}"] if session.conversation.system else []
    for turn in session.conversation.turns:
        question = "\n".join(f"> {line}" for line in turn.user.text.splitlines())
        blocks.append(f"{question}\n\n{turn.answer.rstrip()}")
    return "\n\n".join(blocks) + "\n"


def _list(app: App, store: SessionStore, *, as_json: bool) -> None:
    """A line for each session. One that cannot be read is told, and hides none of the others."""
    for name in store.names():
        try:
            session = store.load(name)
        except UsageError as error:
            app.streams.say(f"llmcli: {error.line()}")
            app.exit_code = error.exit_code
            continue
        if session is not None:  # else it was removed since it was listed
            app.streams.write(_listed(name, session, as_json=as_json))


def _listed(name: str, session: SessionFile, *, as_json: bool) -> str:
    conversation = session.conversation
    cost = f"{conversation.total().cost_usd:f}"
    when = session.updated.isoformat(timespec="seconds")
    if as_json:
        shown = {"name": name, "turns": len(conversation.turns), "model": conversation.model}
        return to_json({**shown, "updated": when, "cost_usd": cost})
    return f"{name}\t{len(conversation.turns)} turns\t{conversation.model or '-'}\t${cost}\t{when}\n"
