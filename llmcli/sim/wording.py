"""The text of an answer, token by token: what was ordered, a summary of what was sent, or data that fit a schema."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from llmcli.messages import Request
from llmcli.sim import conversation, tokens
from llmcli.sim.directives import Directives
from llmcli.sim.pieces import filler
from llmcli.sim.reading import data_for
from llmcli.sim.shapes import JsonSchema

_CODE = "Here it is:\n\n```{language}\nprint('hello from sim')\n```\n\nThat is all."
_PADDING = "\n" * 8  # one token


def words(request: Request, orders: Directives, input_tokens: int, *, told: bool) -> Iterator[str]:
    """The text where no schema is to be kept. `told`: results of tools arrived, which come before all orders."""
    text = None
    if not told:
        if orders.tokens is not None:
            return _filled(orders.tokens, json_object=request.json_object)
        if orders.echo is not None:
            text = orders.echo
        elif orders.code is not None:
            text = _CODE.format(language=orders.code)
    if text is None:
        text = conversation.summary(request, input_tokens, orders)
    if request.json_object and not _is_object(text):
        text = tokens.as_json({"answer": text})
    return tokens.split(text)


def data(request: Request, orders: Directives, schema: JsonSchema) -> Iterator[str]:
    """JSON that fits the schema, padded with line ends to the number of tokens ordered; but an echo is one."""
    if orders.echo is not None:
        return tokens.split(orders.echo)
    text = tokens.as_json(data_for(schema, request.messages))
    padding = 0 if orders.tokens is None else orders.tokens - tokens.count(text)
    return itertools.chain(tokens.split(text), itertools.repeat(_PADDING, padding))


def _filled(number: int, *, json_object: bool) -> Iterator[str]:
    if not json_object:
        return filler(number)
    before, after = ('{"', "answer", '":"'), ('"}',)
    return itertools.chain(before, filler(number - 4), after) if number > 4 else iter(("{}",))


def _is_object(text: str) -> bool:
    import json  # not at the top: `-m sim` starts without it

    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
