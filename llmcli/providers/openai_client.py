"""What OpenAI's two APIs share: the SDK's client, its errors, and the words for the same things."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llmcli.errors import LlmcliError, UsageError
from llmcli.messages import DocumentPart, ImagePart, Request
from llmcli.providers.attachment_limits import AttachmentLimits, check_attachments
from llmcli.providers.base import Endpoint, Reached
from llmcli.providers.sdk_client import SdkClient
from llmcli.providers.sdk_import import import_sdk
from llmcli.providers.translate import Fault, error_of, nonsense, unreachable
from llmcli.providers.uploads import sendable
from llmcli.providers.values import UNREADABLE, NotAnAnswerError, count_or_none, field_of, said_in, words_of

if TYPE_CHECKING:
    from openai import APIError

# Images and vision guide, file inputs guide, 2026-10.
LIMITS = AttachmentLimits(images=500, image_mb=20, image_px=65_535, request_mb=50, crowd=501, crowd_px=65_535)

_MODELS = "/models"
_COUNT_PATH = "/responses/input_tokens"
_COUNTED = ("model", "input", "instructions", "tools", "tool_choice", "reasoning", "text")

# The API refuses JSON mode unless the word JSON stands in the conversation.
JSON_INSTRUCTION = "Answer with one JSON object."


class OpenAIClient(SdkClient):
    """OpenAI's SDK for one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__("openai", endpoint)

    async def count_tokens(self, body: dict[str, Any]) -> int | None:
        """Tokens of a Responses body, as OpenAI counts them."""
        counted = {name: value for name, value in body.items() if name in _COUNTED}
        with self.translated():
            found = (await self.answer(_COUNT_PATH, counted)).json()
        return count_or_none(field_of(found, "input_tokens"))

    async def reach(self, within_s: float) -> Reached:
        """Whether the endpoint answers, for both APIs."""
        with self.translated():
            return await self.reached(_MODELS, within_s, lambda error: error_of(self._endpoint, _fault(error)))

    def error_in(self, answer: object) -> LlmcliError | None:
        """The error that some servers give with status 200, in place of an answer; None if there is none."""
        if not (error := field_of(answer, "error")):
            return None
        types = words_of(field_of(error, "type"), field_of(error, "code"))
        return error_of(self._endpoint, Fault(None, said_in(answer), types))

    def _stream_class(self) -> Any:
        """The SDK takes an event without data, such as a proxy's `retry: 3000`, for one whose data is no JSON."""
        stream_class = super()._stream_class()

        class EventsWithData(stream_class):  # type: ignore[misc, valid-type]
            async def _iter_events(self) -> AsyncIterator[Any]:
                async for event in super()._iter_events():
                    if event.data:
                        yield event

        return EventsWithData

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what the SDK raises into our errors."""
        sdk = import_sdk("openai")
        import httpx2

        try:
            yield
        except LlmcliError:
            raise
        except (sdk.APIConnectionError, httpx2.RequestError) as error:
            raise unreachable(self._endpoint, error) from error
        except (sdk.APIResponseValidationError, *UNREADABLE) as error:
            raise nonsense(self._endpoint, "something that is not its API's JSON") from error
        except NotAnAnswerError as error:
            raise nonsense(self._endpoint, "something that is not a completion") from error
        except sdk.APIError as error:
            raise error_of(self._endpoint, _fault(error)) from error


def _fault(error: APIError) -> Fault:
    """An error inside a stream has no response: its type and code say what it is."""
    types = words_of(error.type, error.code)
    response = getattr(error, "response", None)
    words = said_in(error.body)
    if response is None:
        return Fault(None, words or error.message, types)
    return Fault(response.status_code, words, types, response.headers, response.headers.get("x-request-id"))


def check_common(request: Request, *, openai: bool) -> None:
    """Raise UsageError for what neither API has; `openai` is OpenAI itself, whose limits are known."""
    if openai:
        check_attachments(request, LIMITS)
    if request.thinking_budget is not None:
        raise UsageError("openai takes no thinking budget", hint="use --effort")
    if request.effort not in (None, "none"):
        for name in ("temperature", "top_p"):
            if getattr(request, name) is not None:
                raise UsageError(
                    f"{name} cannot be combined with reasoning", hint=f"leave out --{name.replace('_', '-')}"
                )


def lacks_json_word(request: Request, system: str | None = None) -> bool:
    """Whether JSON mode is asked for, but the word JSON stands neither in the turns nor in `system`."""
    said = [system or "", *(message.text for message in request.messages)]
    return request.json_object and not any("json" in text.lower() for text in said)


def data_url(part: ImagePart | DocumentPart) -> str:
    return f"data:{part.media_type};base64,{sendable(part)}"


def error_text(content: str, *, is_error: bool) -> str:
    """A tool's result; these APIs have no flag for a failed one, so the text says it."""
    return f"error: {content}" if is_error else content
