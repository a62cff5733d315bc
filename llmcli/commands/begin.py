"""The first lines of every command: from option groups to an App that is ready to work."""

from __future__ import annotations

from typing import cast

from typer import Context

from llmcli.app import App
from llmcli.commands.groups import setting_flags
from llmcli.commands.options import GeneralOptions


def begin(context: Context, general: GeneralOptions, *groups: object) -> App:
    """The App of this run, told what the flags say."""
    app = cast(App, context.obj)
    app.command = str(context.info_name)
    app.streams.verbosity = -1 if general.quiet else general.verbose
    app.flags = setting_flags(general, *groups)
    app.unpriced = any(getattr(group, "allow_unknown_price", False) for group in groups)
    return app
