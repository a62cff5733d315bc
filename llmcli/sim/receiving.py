"""The body of a request, as its endpoint takes it: a JSON object or a form."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from llmcli.sim import body
from llmcli.sim.checks import JsonObject
from llmcli.sim.routes import Asked, Part, Route
from llmcli.sim.wire import ApiError, Trouble, Vendor

JSON = "application/json"
_FORM = "multipart/form-data"
_MOST_PARTS = 100


async def asked(http: web.Request, vendor: Vendor, route: Route, names: tuple[str, ...]) -> Asked:
    """What a route is asked. Raises ApiError for a body that is not what it takes."""
    found: JsonObject = {}
    parts: tuple[Part, ...] = ()
    size = 0
    if route.takes == "json":
        found, size = await json_body(http.clone(client_max_size=route.most_bytes), vendor, route.most_bytes)
    elif route.takes == "form":
        parts = await _form(http.clone(client_max_size=route.most_bytes), vendor, route.most_bytes)
        size = sum(len(part.data) for part in parts)
    query = tuple(http.query.items())
    return Asked(names, query, http.headers, f"{http.scheme}://{http.host}", found, parts, size)


async def json_body(http: web.Request, vendor: Vendor, most_bytes: int) -> tuple[JsonObject, int]:
    """The object in the body, and how many bytes it was."""
    if http.content_type != JSON:
        raise vendor.wrong_content_type(http.headers.get("Content-Type", ""), JSON)
    try:
        raw = await http.read()
        if len(raw) > most_bytes:
            raise vendor.trouble(Trouble(413))
        return body.parse(raw), len(raw)
    except web.HTTPRequestEntityTooLarge:
        raise vendor.trouble(Trouble(413)) from None
    except web.RequestPayloadError as error:
        raise _unreadable(http, vendor) from error
    except ValueError as error:
        raise vendor.not_json(str(error)) from error


async def _form(http: web.Request, vendor: Vendor, most_bytes: int) -> tuple[Part, ...]:
    if http.content_type != _FORM:
        raise vendor.wrong_content_type(http.headers.get("Content-Type", ""), _FORM)
    try:
        return tuple([part async for part in _parts(http, most_bytes)])
    except web.HTTPRequestEntityTooLarge:
        raise vendor.trouble(Trouble(413)) from None
    except web.RequestPayloadError as error:
        raise _unreadable(http, vendor) from error
    except (ValueError, RuntimeError, HttpProcessingError) as error:  # what the reader says of forms that are none
        raise vendor.not_a_form() from error


async def _parts(http: web.Request, most_bytes: int) -> AsyncIterator[Part]:
    """The fields of a form."""
    reader = await http.multipart()
    left = most_bytes
    for _ in range(_MOST_PARTS):
        part = await reader.next()
        if part is None:
            return
        if not isinstance(part, BodyPartReader):
            raise ValueError("a form in a form")  # noqa: TRY004 - a client's mistake, not a caller's
        data = bytes(await part.read())
        left -= len(data)
        if left < 0:
            raise web.HTTPRequestEntityTooLarge(most_bytes)
        yield Part(part.name or "", data, part.filename, part.headers.get("Content-Type"))
    raise ValueError("too many fields")


def _unreadable(http: web.Request, vendor: Vendor) -> ApiError:
    """The answer to a body that is not encoded as its headers say.

    What is left of it cannot be told from the next request; nor can it be read to its end.
    """
    http.content.feed_eof()
    broken = vendor.not_json("it is not encoded as its headers say")
    return ApiError(broken.status, broken.error, {"Connection": "close"})
