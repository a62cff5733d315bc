"""Which items the input of the Responses API may hold: openai 3.51 `types/responses/response_input_item_param.py`.

Items of OpenAI's own tools are left out, for the simulator has none of these tools.
"""

from __future__ import annotations

from llmcli.sim.checks import Check, anything, array, choice, either, nullable, record, tagged, text
from llmcli.sim.openai.schema import BREAKPOINT, DETAIL

_INPUT_PARTS: dict[str, Check] = {
    "input_text": record({"type": anything, "text": text()}, BREAKPOINT),
    "input_image": record(
        {"type": anything},
        {"detail": nullable(DETAIL), "file_id": nullable(text(1)), "image_url": nullable(text(1)), **BREAKPOINT},
    ),
    "input_file": record(
        {"type": anything},
        {
            "detail": choice("auto", "low", "high"),
            "file_data": nullable(text(1)),
            "file_id": nullable(text(1)),
            "file_url": nullable(text(1)),
            "filename": nullable(text(1)),
            **BREAKPOINT,
        },
    ),
}
_TEXT_PARTS: dict[str, Check] = {"input_text": _INPUT_PARTS["input_text"]}
_OUTPUT_PARTS: dict[str, Check] = {
    "output_text": record(
        {"type": anything, "text": text()}, {"annotations": array(anything), "logprobs": nullable(array(anything))}
    ),
    "refusal": record({"type": anything, "refusal": text()}),
}
_STATUS = nullable(choice("in_progress", "completed", "incomplete"))
_MESSAGE_EXTRAS: dict[str, Check] = {
    "type": anything,
    "id": nullable(text()),
    "status": _STATUS,
    "phase": nullable(choice("commentary", "final_answer")),
}
_CALLER = nullable(tagged("type", {"direct": record({"type": anything})}))


def _message(parts: dict[str, Check]) -> Check:
    content = either(string=text(), array=array(tagged("type", parts)))
    return record({"role": anything, "content": content}, _MESSAGE_EXTRAS)


_MESSAGE = tagged(
    "role",
    {
        "assistant": _message(_OUTPUT_PARTS),
        "system": _message(_TEXT_PARTS),
        "developer": _message(_TEXT_PARTS),
        "user": _message(_INPUT_PARTS),
    },
)
_REASONING = record(
    {"type": anything, "summary": array(tagged("type", {"summary_text": record({"type": anything, "text": text()})}))},
    {
        "id": nullable(text(1)),
        "content": nullable(array(tagged("type", {"reasoning_text": record({"type": anything, "text": text()})}))),
        "encrypted_content": nullable(text()),
        "status": _STATUS,
    },
)
_FUNCTION_CALL = record(
    {"type": anything, "call_id": text(1, 64), "name": text(1), "arguments": text()},
    {"id": nullable(text(1)), "caller": _CALLER, "namespace": nullable(text()), "status": _STATUS},
)
_FUNCTION_OUTPUT = record(
    {
        "type": anything,
        "call_id": text(1, 64),
        "output": either(string=text(), array=array(tagged("type", _INPUT_PARTS))),
    },
    {
        "id": nullable(text(1)),
        "caller": _CALLER,
        "name": nullable(text()),
        "namespace": nullable(text()),
        "status": _STATUS,
    },
)

INPUT_ITEM = tagged(
    "type",
    {
        "message": _MESSAGE,
        "reasoning": _REASONING,
        "function_call": _FUNCTION_CALL,
        "function_call_output": _FUNCTION_OUTPUT,
        "item_reference": record({"id": text(1)}, {"type": anything}),
    },
    default="message",
)
