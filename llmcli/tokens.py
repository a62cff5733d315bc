"""How many tokens a text is, when nobody has counted them."""

from __future__ import annotations

from llmcli.messages import ImagePart, Request, TextPart, ToolResultPart

# English prose and code run at about four characters a token with the tokenizers of both vendors.
CHARACTERS_PER_TOKEN = 4


def estimate_tokens(characters: int) -> int:
    """A rough count for a text of that length: label it as an estimate."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def estimate_text(text: str) -> int:
    """A rough count for a text: other scripts than Latin take about a token for each character."""
    latin = len(text) if text.isascii() else len(text.encode("latin-1", "ignore"))
    return estimate_tokens(latin) + len(text) - latin


def upper_bound(request: Request) -> int:
    return 4 * estimate_request(request) + 100


# What an image of ordinary size takes with either vendor; a document is counted by its bytes, like text.
TOKENS_PER_IMAGE = 1600


def estimate_request(request: Request) -> int:
    """A rough count for a whole request: label it as an estimate."""
    tokens = estimate_text(request.system or "")
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, ImagePart):
                tokens += TOKENS_PER_IMAGE
            elif isinstance(part, TextPart):
                tokens += estimate_text(part.text)
            elif isinstance(part, ToolResultPart):
                tokens += estimate_text(part.content)
            else:
                tokens += estimate_tokens(len(getattr(part, "data", "")))
    return tokens + sum(estimate_tokens(len(repr(tool))) for tool in request.tools)
