"""Which text of a request is the document, and how it is taken apart."""

from __future__ import annotations

from dataclasses import replace

from llmcli.attachments import content_of, inline
from llmcli.errors import UsageError
from llmcli.extract.document.chunks import Chunk, split
from llmcli.messages import Message, Request, TextPart
from llmcli.tokens import estimate_request, estimate_text

# An estimate may be wrong by some, and the instructions are still to come.
_SAFELY = 0.8
_LEAST_TOKENS = 200


def document_of(request: Request) -> TextPart:
    """The longest text of the question. Raises UsageError if there is none, as in a question about an image."""
    texts = [part for part in request.messages[-1].parts if isinstance(part, TextPart)]
    if not texts:
        raise UsageError("there is no text to take apart", hint="leave out --chunk-tokens")
    return max(texts, key=lambda part: len(part.text))


def chunks_of(request: Request, chunk_tokens: int | None, window: int | None) -> list[Chunk]:
    """The document's chunks: of `chunk_tokens`, or as the model's context window allows; none if it fits as it is."""
    if chunk_tokens is None:
        if window is None:
            return []
        room = int(window * _SAFELY) - request.max_tokens
        whole = estimate_request(request)
        if whole <= room:
            return []
        document = content_of(document_of(request))
        chunk_tokens = max(_LEAST_TOKENS, room - (whole - estimate_text(document)))
    else:
        document = content_of(document_of(request))
    chunks = [chunk for chunk in split(document, chunk_tokens) if not chunk.blank]
    return chunks if len(chunks) > 1 else []


def with_chunk(request: Request, chunk: Chunk, total: int) -> Request:
    """The request with this chunk in the place of the whole document."""
    document = document_of(request)
    name = document.file or "text"
    told = TextPart(f"This is part {chunk.number} of {total} of {name}; records may be cut at its edges.")
    parts = tuple(inline(name, chunk.text) if part is document else part for part in request.messages[-1].parts)
    *before, last = request.messages
    return replace(request, messages=(*before, Message(last.role, (*parts, told))))
