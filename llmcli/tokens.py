"""How many tokens a text is, when nobody has counted them."""

from __future__ import annotations

from llmcli.messages import ImagePart, Request, TextPart, ToolResultPart

# English prose and code run at about four characters a token with the tokenizers of both vendors.
CHARACTERS_PER_TOKEN = 4


def estimate_tokens(characters: int) -> int:
    """A rough count for a text of that length: label it as an estimate."""
    return -(-characters // CHARACTERS_PER_TOKEN)


# What an image of ordinary size takes with either vendor; a document is counted by its bytes, like text.
TOKENS_PER_IMAGE = 1600


def estimate_request(request: Request) -> int:
    """A rough count for a whole request: label it as an estimate."""
    tokens = estimate_tokens(len(request.system or ""))
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, ImagePart):
                tokens += TOKENS_PER_IMAGE
            elif isinstance(part, TextPart):
                tokens += estimate_tokens(len(part.text))
            elif isinstance(part, ToolResultPart):
                tokens += estimate_tokens(len(part.content))
            else:
                tokens += estimate_tokens(len(getattr(part, "data", "")))
    return tokens + sum(estimate_tokens(len(repr(tool))) for tool in request.tools)
