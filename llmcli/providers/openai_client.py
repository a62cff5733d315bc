"""What OpenAI's two APIs share: the SDK's client, its errors, and the words for the same things."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from llmcli.errors import LlmcliError, UsageError
from llmcli.messages import DocumentPart, ImagePart, Request
from llmcli.providers import http
from llmcli.providers.attachment_limits import AttachmentLimits, check_attachments
from llmcli.providers.base import PLACEHOLDER_KEY, Endpoint, WireRequest
from llmcli.providers.sdk_import import import_sdk
from llmcli.providers.translate import Fault, error_of, nonsense, unreachable
from llmcli.providers.uploads import sendable
from llmcli.providers.values import NotAnAnswerError

if TYPE_CHECKING:
    import httpx2
    from openai import APIError, AsyncOpenAI, AsyncStream

# Images and vision guide, file inputs guide, 2026-10.
LIMITS = AttachmentLimits(images=500, image_mb=20, image_px=65_535, request_mb=50, crowd=501, crowd_px=65_535)

_COUNT_PATH = "/responses/input_tokens"
_COUNTED = ("model", "input", "instructions", "tools", "tool_choice", "reasoning", "text")

# The API refuses JSON mode unless the word JSON stands in the conversation.
JSON_INSTRUCTION = "Answer with one JSON object."


class OpenAIClient:
    """The SDK's client for one endpoint, made when it is first needed.

    The SDK's typed calls build the schemas of all that may come, which takes up to a second, and then an object for
    each piece of it. Its generic call gives the JSON as it came, and that is all we need.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client: AsyncOpenAI | None = None

    def sdk(self) -> AsyncOpenAI:
        if self._client is None:
            key = self._endpoint.key.value if self._endpoint.key else http.NO_KEY
            http_client = http.client(self._endpoint, lambda: import_sdk("openai").DefaultAioHttpClient)
            self._client = self._new(http_client, key)
        return self._client

    async def answer(self, path: str, body: dict[str, Any], request: Request) -> httpx2.Response:
        """The whole answer to `body`, which is what `request` comes to."""
        import httpx2

        return await self.sdk().post(path, body=body, cast_to=httpx2.Response, options=_options(request))

    async def events(self, path: str, body: dict[str, Any], request: Request) -> AsyncStream[object]:
        """The answer as events, each as JSON. To be closed."""
        stream_class = import_sdk("openai").AsyncStream[object]
        events: AsyncStream[object] = await self.sdk().post(
            path, body=body, cast_to=object, stream=True, stream_cls=stream_class, options=_options(request)
        )
        return events

    async def wire_request(self, path: str, body: dict[str, Any], request: Request) -> WireRequest:
        """What would be sent; nothing is sent."""
        capture = http.Capture()
        client = self._new(capture.client, PLACEHOLDER_KEY if self._endpoint.key_variable else http.NO_KEY)
        await client.post(path, body=body, cast_to=object, options=_options(request))
        return capture.request()

    def _new(self, http_client: httpx2.AsyncClient, key: str) -> AsyncOpenAI:
        sdk = import_sdk("openai")
        client: AsyncOpenAI = sdk.AsyncOpenAI(
            api_key=key,
            base_url=self._endpoint.base_url,
            default_headers=self._endpoint.headers,
            max_retries=0,
            timeout=None,
            http_client=http_client,
        )
        return client

    async def count_tokens(self, body: dict[str, Any]) -> int | None:
        """Tokens of a Responses body, as OpenAI counts them."""
        import httpx2

        counted = {name: value for name, value in body.items() if name in _COUNTED}
        with self.translated():
            response = await self.sdk().post(_COUNT_PATH, body=counted, cast_to=httpx2.Response)
            found = response.json()
        tokens = found.get("input_tokens") if isinstance(found, dict) else None
        return tokens if isinstance(tokens, int) else None

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
        except (sdk.APIResponseValidationError, JSONDecodeError, UnicodeDecodeError) as error:
            raise nonsense(self._endpoint, "something that is not its API's JSON") from error
        except NotAnAnswerError as error:
            raise nonsense(self._endpoint, "something that is not a completion") from error
        except sdk.APIError as error:
            raise error_of(self._endpoint, _fault(error)) from error


def _options(request: Request) -> Any:
    return {"headers": dict(request.headers)} if request.headers else {}


def _fault(error: APIError) -> Fault:
    """An error inside a stream has no response: its type and code say what it is."""
    types = tuple(word for word in (error.type, error.code) if word)
    response = getattr(error, "response", None)
    body = error.body if isinstance(error.body, dict) else {}
    words = body.get("message") if isinstance(body.get("message"), str) else error.message
    if response is None:
        return Fault(None, str(words), types)
    return Fault(response.status_code, str(words), types, response.headers, response.headers.get("x-request-id"))


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
