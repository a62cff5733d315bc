"""How many tokens a text is, when nobody has counted them."""

from __future__ import annotations

# English prose and code run at about four characters a token with the tokenizers of both vendors.
CHARACTERS_PER_TOKEN = 4


def estimate_tokens(characters: int) -> int:
    """A rough count for a text of that length: label it as an estimate."""
    return -(-characters // CHARACTERS_PER_TOKEN)
