"""What a conversation holds, as the simulator reads it: whose turn it is, what arrived, what is still to call."""

from __future__ import annotations

from llmcli.messages import (
    DocumentPart,
    ImagePart,
    Message,
    Part,
    Request,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from llmcli.sim import directives, media
from llmcli.sim.directives import CallOrder, Directives
from llmcli.sim.reading import data_for

_LISTED = 5
_QUOTED_CHARS = 60


def last_user_text(messages: tuple[Message, ...]) -> str:
    """The text of the last user turn that has one, or an empty string."""
    texts = (message.text for message in reversed(messages) if message.role == "user")
    return next((text for text in texts if text), "")


def ordered_words(messages: tuple[Message, ...]) -> str | None:
    """What `sim:say` has the model say now: the n-th one is for the n-th request since the message that has it."""
    answered = 0
    for message in reversed(messages):
        if message.role == "assistant":
            answered += 1
        elif "sim:say=" in message.text:
            says = directives.read(message.text).says
            if says:
                return says[answered] if answered < len(says) else None
    return None


def fresh_results(messages: tuple[Message, ...]) -> tuple[ToolResultPart, ...]:
    """The results of tools in the last turn, to which the answer is due."""
    last = messages[-1] if messages else None
    if last is None or last.role != "user":
        return ()
    return tuple(part for part in last.parts if isinstance(part, ToolResultPart))


def calls_to_make(request: Request, orders: Directives, *, parallel: bool) -> tuple[ToolCallPart, ...]:
    """The calls that this answer makes: those ordered that were not made yet, or one that the request forces."""
    if not request.tools or request.tool_choice == "none":
        return ()
    tools = {tool.name: tool for tool in request.tools}
    pending = [order for order in _pending(request.messages, orders) if order.name in tools]
    match request.tool_choice:
        case None | "auto":
            pass
        case "any":
            pending = pending or [CallOrder(request.tools[0].name)]
        case name:
            pending = [order for order in pending if order.name == name] or [CallOrder(name)]
    if not parallel:
        pending = pending[:1]
    turn = len(request.messages)
    return tuple(
        ToolCallPart(f"call_{turn}_{number}", order.name, _arguments(order, tools[order.name], request.messages))
        for number, order in enumerate(pending, 1)
        if order.name in tools
    )


def summary(request: Request, input_tokens: int, orders: Directives) -> str:
    """What was sent, in one line: the answer to a prompt that orders no other."""
    messages = request.messages
    facts = [f"sim: {counted(request)}, {input_tokens} tokens in"]
    if request.system:
        facts.append(f"system: {quoted(request.system)}")
    facts += _results(messages)
    facts.append(f"last user message: {quoted(last_user_text(messages))}")
    facts += _attachments(messages)
    facts += [f"not understood: {quoted(word)}" for word in orders.not_understood]
    facts += [f"not called: {why}" for why in _not_called(request, orders)]
    return "; ".join(facts)


def counted(request: Request) -> str:
    return f"{len(request.messages)} message{'' if len(request.messages) == 1 else 's'}"


def quoted(text: str) -> str:
    """The start of a text on one line, in quotes."""
    start = " ".join(text[: _QUOTED_CHARS * 4].split())
    cut = len(start) > _QUOTED_CHARS or len(text) > _QUOTED_CHARS * 4
    return f'"{start[:_QUOTED_CHARS].rstrip()} …"' if cut else f'"{start}"'


def _not_called(request: Request, orders: Directives) -> list[str]:
    """Why calls that were ordered are not made."""
    if fresh_results(request.messages):
        return []
    names = {tool.name for tool in request.tools}
    unknown = [f'"{order.name}" is no tool' for order in orders.calls if order.name not in names]
    if request.tool_choice == "none" and not unknown and orders.calls:
        return ["calls are not allowed"]
    return unknown


def _attachments(messages: tuple[Message, ...]) -> list[str]:
    """What came with the text, such as `2 images (640x480 PNG, …)` and `1 PDF (12,345 bytes)`."""
    parts: list[Part] = [part for message in messages for part in message.parts]
    images = [_image(part) for part in parts if isinstance(part, ImagePart)]
    documents = [part for part in parts if isinstance(part, DocumentPart)]
    pdfs = [_document(part) for part in documents if part.media_type == media.PDF]
    others = [f"{_document(part)} of {part.media_type}" for part in documents if part.media_type != media.PDF]
    named = (("image", images), ("PDF", pdfs), ("document", others))
    return [_listed(name, found) for name, found in named if found]


def _results(messages: tuple[Message, ...]) -> list[str]:
    """What tools gave, quoted; errors are marked."""
    names = {part.id: part.name for message in messages for part in message.parts if isinstance(part, ToolCallPart)}
    facts = []
    for part in fresh_results(messages):
        what = "error of" if part.is_error else "result of"
        facts.append(f"{what} {names.get(part.call_id, part.call_id)}: {quoted(part.content)}")
    return facts


def _pending(messages: tuple[Message, ...], orders: Directives) -> tuple[CallOrder, ...]:
    """The orders beyond as many calls as were made since they were given."""
    made = 0
    for message in reversed(messages):
        if message.role == "user" and any(isinstance(part, TextPart) and part.text for part in message.parts):
            break
        made += sum(isinstance(part, ToolCallPart) for part in message.parts)
    return orders.calls[made:]


def _arguments(order: CallOrder, tool: Tool, messages: tuple[Message, ...]) -> dict[str, object]:
    if order.arguments is not None:
        return order.arguments
    data = data_for(tool.input_schema, messages)
    return data if isinstance(data, dict) else {}


def _image(part: ImagePart) -> str:
    found = media.picture(media.decoded(part.data))
    if found is not None:
        return f"{found.width}x{found.height} {found.name}"
    return f"at {part.url}" if part.url else part.media_type


def _document(part: DocumentPart) -> str:
    return f"{len(media.decoded(part.data)):,} bytes" if part.data else f"at {part.name}"


def _listed(name: str, found: list[str]) -> str:
    shown = [*found[:_LISTED], "…"] if len(found) > _LISTED else found
    return f"{len(found)} {name}{'' if len(found) == 1 else 's'} ({', '.join(shown)})"
