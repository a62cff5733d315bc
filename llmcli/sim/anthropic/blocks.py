"""Which content blocks a message may hold, and in what shape: anthropic 2.10 `types/content_block_param.py`.

Blocks of the vendor's own tools are left out, for the simulator has none of these tools.
"""

from __future__ import annotations

from llmcli.sim.checks import (
    Check,
    Path,
    Violation,
    anything,
    array,
    boolean,
    choice,
    either,
    mapping,
    nullable,
    record,
    tagged,
    text,
)

CACHE_CONTROL = nullable(record({"type": choice("ephemeral")}, {"ttl": choice("5m", "1h")}))
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_CACHED: dict[str, Check] = {"cache_control": CACHE_CONTROL}
_CITATIONS = nullable(record({}, {"enabled": boolean}))
_URL = record({"type": anything, "url": text(1)})
_FILE = record({"type": anything, "file_id": text(1)})
_ID = text(pattern="^[a-zA-Z0-9_-]+$")

TEXT_EXTRAS: dict[str, Check] = {**_CACHED, "citations": nullable(array(anything))}
_TEXT = record({"type": anything, "text": text()}, TEXT_EXTRAS)
_IMAGE = record(
    {
        "type": anything,
        "source": tagged(
            "type",
            {
                "base64": record({"type": anything, "media_type": choice(*IMAGE_TYPES), "data": text()}),
                "url": _URL,
                "file": _FILE,
            },
        ),
    },
    {**_CACHED, "transformations": nullable(record({}, {"oversized_image": choice("downsize", "error")}))},
)
_DOCUMENT = record(
    {
        "type": anything,
        "source": tagged(
            "type",
            {
                "base64": record({"type": anything, "media_type": choice("application/pdf"), "data": text()}),
                "text": record({"type": anything, "media_type": choice("text/plain"), "data": text()}),
                "content": record(
                    {
                        "type": anything,
                        "content": either(string=text(), array=array(tagged("type", {"text": _TEXT, "image": _IMAGE}))),
                    }
                ),
                "url": _URL,
                "file": _FILE,
            },
        ),
    },
    {**_CACHED, "citations": _CITATIONS, "context": nullable(text(1)), "title": nullable(text(1, 500))},
)
_SEARCH_RESULT = record(
    {
        "type": anything,
        "content": array(tagged("type", {"text": _TEXT}), fewest=1),
        "source": text(),
        "title": text(),
    },
    {**_CACHED, "citations": _CITATIONS},
)
_THINKING = record({"type": anything, "thinking": text(), "signature": text()})
_REDACTED = record({"type": anything, "data": text()})
_TOOL_USE = record(
    {"type": anything, "id": _ID, "name": text(1, 200), "input": mapping(anything)},
    {**_CACHED, "caller": tagged("type", {"direct": record({"type": anything})}), "toolset_name": nullable(text())},
)
_RESULT_BLOCKS: dict[str, Check] = {
    "text": _TEXT,
    "image": _IMAGE,
    "search_result": _SEARCH_RESULT,
    "document": _DOCUMENT,
}
_TOOL_RESULT = record(
    {"type": anything, "tool_use_id": _ID},
    {
        **_CACHED,
        "content": either(string=text(), array=array(tagged("type", _RESULT_BLOCKS))),
        "is_error": boolean,
        "toolset_name": nullable(text()),
    },
)

BLOCKS: dict[str, Check] = {
    "text": _TEXT,
    "image": _IMAGE,
    "document": _DOCUMENT,
    "search_result": _SEARCH_RESULT,
    "thinking": _THINKING,
    "redacted_thinking": _REDACTED,
    "tool_use": _TOOL_USE,
    "tool_result": _TOOL_RESULT,
}


def message(value: object, path: Path) -> None:
    """A message; a system one may hold text alone."""
    _MESSAGE(value, path)
    if isinstance(value, dict) and value["role"] == "system" and isinstance(value["content"], list):
        for number, block in enumerate(value["content"]):
            if block["type"] != "text":
                raise Violation("choice", (*path, "content", number, "type"), ("text",), block["type"])


_MESSAGE = record(
    {
        "role": choice("user", "assistant", "system"),
        "content": either(string=text(), array=array(tagged("type", BLOCKS))),
    }
)
