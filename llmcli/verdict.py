"""Whether what arrived may pass for a complete answer; if not, why."""

from __future__ import annotations

import json
from typing import assert_never

from llmcli.errors import DisconnectedError, InvalidOutputError, LlmcliError, RefusedError, TruncatedError
from llmcli.messages import Reply, StopReason


def shortcoming(reply: Reply, model: str) -> LlmcliError | None:
    """Why an answer must not pass for a complete one; None if it may."""
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


def not_a_json_object(reply: Reply) -> LlmcliError | None:
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
