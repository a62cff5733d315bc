"""The arguments of a call as clients send them back: JSON in a text, which need not be any."""

from __future__ import annotations

import json

from llmcli.sim.checks import JsonObject


def arguments_of(text: str) -> JsonObject:
    """The object in `text`; what is none is kept under a name of ours, for the vendor does not check it either."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"unparsed": text}
    return value if isinstance(value, dict) else {"unparsed": text}
