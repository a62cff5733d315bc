"""The body of a request, as its endpoint takes it: a JSON object or a form."""

from __future__ import annotations

from aiohttp import web

from llmcli.sim import body, forms
from llmcli.sim.checks import JsonObject
from llmcli.sim.routes import Asked, Part, Route
from llmcli.sim.wire import ApiError, Trouble, Vendor

JSON = "application/json"
_FORM = "multipart/form-data"


async def asked(http: web.Request, vendor: Vendor, route: Route, names: tuple[str, ...]) -> Asked:
    """What a route is asked. Raises ApiError for a body that is not what it takes."""
    found: JsonObject = {}
    parts: tuple[Part, ...] = ()
    size = 0
    sent = http.clone(client_max_size=route.most_bytes) if route.takes != "nothing" else http
    if route.takes == "json":
        found, size = await json_body(sent, vendor, route.most_bytes)
    elif route.takes == "form":
        raw = await _raw(sent, vendor, route.most_bytes, _FORM)
        try:
            parts = forms.parse(raw, http.headers["Content-Type"])
        except ValueError as error:
            raise vendor.not_a_form() from error
    host = http.host.encode(errors="replace").decode()
    return Asked(names, tuple(http.query.items()), http.headers, f"{http.scheme}://{host}", found, parts, size)


async def json_body(http: web.Request, vendor: Vendor, most_bytes: int) -> tuple[JsonObject, int]:
    """The object in the body, and how many bytes it was."""
    raw = await _raw(http, vendor, most_bytes, JSON)
    try:
        return body.parse(raw), len(raw)
    except ValueError as error:
        raise vendor.not_json(str(error)) from error


async def _raw(http: web.Request, vendor: Vendor, most_bytes: int, content_type: str) -> bytes:
    if http.content_type != content_type:
        raise vendor.wrong_content_type(http.headers.get("Content-Type", ""), content_type)
    try:
        raw = await http.read()
    except web.HTTPRequestEntityTooLarge:
        raise vendor.trouble(Trouble(413)) from None
    except web.RequestPayloadError as error:
        raise _unreadable(http, vendor) from error
    if len(raw) > most_bytes:
        raise vendor.trouble(Trouble(413))
    return raw


def _unreadable(http: web.Request, vendor: Vendor) -> ApiError:
    """The answer to a body that is not encoded as its headers say.

    What is left of it cannot be told from the next request; nor can it be read to its end.
    """
    http.content.feed_eof()
    broken = vendor.not_json("it is not encoded as its headers say")
    return ApiError(broken.status, broken.error, {"Connection": "close"})
