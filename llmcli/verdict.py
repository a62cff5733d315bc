"""Whether what arrived may pass for a complete answer; if not, why."""

from __future__ import annotations

import json
from typing import assert_never

from llmcli.errors import DisconnectedError, InvalidOutputError, LlmcliError, RefusedError, TruncatedError
from llmcli.messages import Reply, Request, StopReason


def shortcoming(reply: Reply, request: Request, model: str) -> LlmcliError | None:
    """Why an answer must not pass for a complete one to `request`; None if it may. `model` is its name as asked."""
    error = _stopped_short(reply, model)
    if error is None and reply.tool_calls and not request.tools:
        error = _uncalled_for(reply)
    if error is None and request.json_object and not reply.tool_calls:
        error = _not_a_json_object(reply)
    return error


def _stopped_short(reply: Reply, model: str) -> LlmcliError | None:
    """Why the model did not come to the end of its answer; None if it did."""
    match reply.stop_reason:
        case StopReason.END_TURN | StopReason.STOP_SEQUENCE | StopReason.TOOL_USE:
            return None
        case StopReason.REFUSAL:
            words = f": {reply.text[:200]}" if reply.text.strip() else ""
            return RefusedError(f"{model} declined to answer{words}", hint="rephrase, or name another model")
        case StopReason.MAX_TOKENS:
            return TruncatedError("the answer was cut at the token limit", hint="raise --max-tokens")
        case StopReason.CONTEXT_WINDOW:
            return TruncatedError(f"the context window of {model} is full", hint="send less, or name a larger model")
        case StopReason.INCOMPLETE:
            return TruncatedError("the answer ended early", hint="try again")
        case StopReason.UNKNOWN:
            raw = reply.raw_stop_reason
            return TruncatedError(
                f'{model} stopped for a reason that llmcli does not know, "{raw}"',
                hint="take the answer as incomplete",
            )
        case _:
            assert_never(reply.stop_reason)


def _uncalled_for(reply: Reply) -> LlmcliError:
    """There is nothing to run, and to tell the model so would be paid for: it would likely call again."""
    return InvalidOutputError(
        f'the model called a tool, "{reply.tool_calls[0].name}", and none was offered',
        hint="try again, offer one with --tool, or name another model",
    )


def _not_a_json_object(reply: Reply) -> LlmcliError | None:
    """Why the text is not the JSON object that was asked for; None if it is."""
    try:
        found = json.loads(reply.text)
    except ValueError as error:
        return InvalidOutputError(f"the answer is not JSON: {error}", hint="try again, or leave out --json-object")
    if isinstance(found, dict):
        return None
    return InvalidOutputError("the answer is JSON, but not an object", hint="try again, or leave out --json-object")


def broken_off(failure: LlmcliError) -> LlmcliError:
    """A failure amid an answer that is already being shown: it is not retried, the text would come twice.

    A connection that breaks is an answer that ends early. Deadlines and errors that the provider reports stay
    what they are.
    """
    if isinstance(failure, DisconnectedError):
        return TruncatedError(f"the answer broke off: {failure.message}", hint="try again")
    failure.retryable = False
    return failure
