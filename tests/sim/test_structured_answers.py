"""What a schema makes of an answer in this process, and what orders in the prompt still do."""

from __future__ import annotations

import json

import pytest

from llmcli.messages import StopReason, Tool
from llmcli.sim import tokens
from llmcli.sim.engine import Terms, answer

from .schemas import PERSON, request, valid

TERMS = Terms(schema=PERSON)


def test_the_answer_is_data_also_after_results_and_with_other_orders() -> None:
    """A schema leaves no prose: not for code, not for JSON mode, not for a summary."""
    for prompt in ("hi", "sim:code", "sim:nonsense"):
        assert valid(PERSON, json.loads(answer(request(prompt), TERMS).text))
    assert answer(request("hi"), TERMS) == answer(request("hi"), TERMS)


def test_a_number_of_tokens_is_exact_and_the_data_stay_valid() -> None:
    """They are padded with line ends; data that are longer stay whole."""
    reply = answer(request("sim:tokens=300"), TERMS)
    assert (reply.usage.output_tokens, tokens.count(reply.text)) == (300, 300)
    assert valid(PERSON, json.loads(reply.text))
    assert valid(PERSON, json.loads(answer(request("sim:tokens=1"), TERMS).text))


def test_max_tokens_cuts_the_data() -> None:
    """The start of the JSON, and the reason for it."""
    whole = answer(request("hi"), TERMS).text
    cut = answer(request("hi", max_tokens=4), TERMS)
    assert (cut.stop_reason, cut.usage.output_tokens) == (StopReason.MAX_TOKENS, 4)
    assert whole.startswith(cut.text)
    assert len(cut.text) < len(whole)


def test_a_schema_counts_as_input() -> None:
    """The model is told it."""
    plain, more = answer(request("hi")).usage.input_tokens, answer(request("hi"), TERMS).usage.input_tokens
    assert plain is not None
    assert more == plain + tokens.TURN_OVERHEAD + tokens.count(tokens.as_json(PERSON))


def test_a_refusal_is_prose() -> None:
    """Declining is the one thing that a model does without regard to the schema."""
    reply = answer(request("sim:stop=refusal"), TERMS)
    assert reply.stop_reason is StopReason.REFUSAL
    assert reply.text.startswith("sim: 1 message")


@pytest.mark.parametrize("terms", [None, TERMS], ids=["text", "schema"])
def test_words_are_said_verbatim(terms: Terms | None) -> None:
    """`sim:say` answers its line, with a schema, in JSON mode and without either; an echo the rest of the message."""
    assert answer(request('do sim:say={"name": 5} , sim:stop=x\r\nmore'), terms).text == '{"name": 5} , sim:stop=x'
    assert answer(request("sim:say=\nmore"), terms).text == ""
    assert answer(request("sim:say=no object", json_object=True), terms).text == "no object"
    assert answer(request("sim:echo no\nobject"), terms).text == "no\nobject"


def test_words_are_for_one_request_each() -> None:
    """The second is for the second request, and so on, until there are none; later turns may order others."""
    first = 'x\nsim:say=one\n  sim:say={"two": 2}\ny'
    assert answer(request(first), TERMS).text == "one"
    assert answer(request(first, "one", "that is no JSON"), TERMS).text == '{"two": 2}'
    third = answer(request(first, "one", "no", '{"two": 2}', "no again"), TERMS)
    assert valid(PERSON, json.loads(third.text))
    assert answer(request(first, "one", "sim:say=new"), TERMS).text == "new"
    assert answer(request(first, "one", "no"), TERMS).stop_reason is StopReason.END_TURN


def test_words_without_a_value_are_no_order() -> None:
    """A typo is named, as of every order."""
    assert 'not understood: "sim:say"' in answer(request("sim:say hello")).text


def test_words_may_come_with_a_call() -> None:
    """Like an echo: the text first, then the call; the next one is said once its result is there."""
    tools = (Tool("clock", "", {"type": "object", "properties": {}}),)
    reply = answer(request("sim:call=clock sim:say=a moment", tools=tools))
    assert (reply.text, [call.name for call in reply.tool_calls]) == ("a moment", ["clock"])
