"""How many tokens something is, when nobody who knows has counted: estimates, and what no count can exceed.

Every count from here is to be labelled as an estimate; exact is what the provider counts.
"""

from llmcli.tokens.bound import upper_bound
from llmcli.tokens.heuristic import estimate_text, estimate_tokens
from llmcli.tokens.request import estimate_part, estimate_request
from llmcli.tokens.tokenizer import Tokenizer, heuristic_for, tokenizer_for

__all__ = [
    "Tokenizer",
    "estimate_part",
    "estimate_request",
    "estimate_text",
    "estimate_tokens",
    "heuristic_for",
    "tokenizer_for",
    "upper_bound",
]
