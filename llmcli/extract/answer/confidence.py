"""How sure the model was of a label: the probability of the tokens that spell it, where the API tells them."""

from __future__ import annotations

import json
import math

from llmcli.messages import Reply

_DIGITS = 4


def confidence_of(reply: Reply, label: str) -> float | None:
    """From 0 to 1; None if the API told no probabilities, or the label is not in the answer."""
    text = "".join(token for token, _ in reply.token_logprobs)
    spelled = json.dumps(label, ensure_ascii=False)[1:-1]
    start = text.find(spelled)
    if start < 0 or not spelled:
        return None
    end, at, total = start + len(spelled), 0, 0.0
    for token, logprob in reply.token_logprobs:
        if at < end and at + len(token) > start:
            total += logprob
        at += len(token)
    return round(math.exp(min(0.0, total)), _DIGITS)
