"""OpenAI's keys, errors and headers, as in developers.openai.com/api/docs/guides/error-codes (2026-11)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from llmcli.sim import limiter
from llmcli.sim.checks import JsonObject
from llmcli.sim.limiter import RateState
from llmcli.sim.openai.errors import INVALID, invalid
from llmcli.sim.wire import ApiError, Trouble, bearer, key_verdict, new_id

NAME = "openai"
OVERLOADED_STATUS = 503
# The vendor documents 50 MB of images or files for a request; in base64 they are a third larger.
MOST_BYTES = 68 * 1024 * 1024
ORGANIZATION = "org-sim"

_KEYS_PAGE = "https://platform.openai.com/account/api-keys"
_QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on"
    " this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
)
_NO_KEY = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer"
    " auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're"
    " accessing the API from your browser and are prompted for a username and password."
    f" You can obtain an API key from {_KEYS_PAGE}."
)
_NOT_JSON = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP"
    " library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you"
    " have trouble figuring out how to fix this, please contact us through our help center at"
    " help.openai.com.)"
)
_SORRY = "The server had an error while processing your request. Sorry about that!"
_OVERLOADED = "The server is currently overloaded with other requests. Please try again later."
_FORBIDDEN = "You have insufficient permissions for this operation. Missing scopes: model.request."

# status -> type, code, message
_BY_STATUS: dict[int, tuple[str, str | None, str]] = {
    401: (
        INVALID,
        "invalid_api_key",
        f"Incorrect API key provided. You can find your API key at {_KEYS_PAGE}.",
    ),
    403: (INVALID, "missing_scope", _FORBIDDEN),
    404: (INVALID, None, "The requested resource was not found."),
    409: (INVALID, "conflict", "The resource was updated by another request. Please try again."),
    413: (INVALID, None, "The request body is too large."),
    429: ("rate_limit_error", "rate_limit_exceeded", "Rate limit reached. Please try again later."),
    503: ("service_unavailable_error", "server_is_overloaded", _OVERLOADED),
}
_STATUS_OF_WORD = {word: status for status, row in _BY_STATUS.items() for word in row[:2] if word} | {
    INVALID: 400,
    "server_error": 500,
}


def authorize(headers: Mapping[str, str], api_key: str | None) -> None:
    """Accepts `Authorization: Bearer` and nothing else."""
    key = bearer(headers)
    verdict = key_verdict(key, api_key)
    if verdict == "forbidden":
        raise trouble(Trouble(403))
    if verdict == "missing":
        raise invalid(_NO_KEY, status=401)
    if verdict == "wrong":
        # The real one prints the key with its middle masked; this one prints none of it.
        raise trouble(Trouble(401))


def trouble(trouble: Trouble) -> ApiError:
    """The error of this status or code; quota and rate limits have codes of their own."""
    if trouble.kind == "quota":
        which = trouble.word or "credit_balance_exhausted"
        return ApiError(429, _error("insufficient_quota", which, trouble.message or _QUOTA))
    status = _STATUS_OF_WORD.get(trouble.word or "", trouble.status)
    default: tuple[str, str | None, str] = ("server_error", None, _SORRY)
    if status < 500:
        default = (INVALID, None, "Your request was not accepted.")
    kind, code, message = _BY_STATUS.get(status, default)
    headers: dict[str, str] = {}
    if trouble.kind == "rate_limit":
        message = _rate_message(trouble)
        headers["retry-after"] = str(max(1, math.ceil(trouble.rate.retry_after_s)))
        headers["retry-after-ms"] = str(math.ceil(trouble.rate.retry_after_s * 1000))
    if trouble.word not in (None, kind):
        code = trouble.word
    return ApiError(status, _error(kind, code, trouble.message or message), headers)


def _error(kind: str, code: str | None, message: str) -> dict[str, Any]:
    return {"message": message, "type": kind, "param": None, "code": code}


def _rate_message(trouble: Trouble) -> str:
    rate = trouble.rate
    whose = f" for {trouble.model}" if trouble.model else ""
    return (
        f"Rate limit reached{whose} in organization {ORGANIZATION} on requests per min (RPM):"
        f" Limit {rate.limit}, Used {rate.limit}, Requested 1. Please try again in"
        f" {_span(rate.retry_after_s)}. Visit https://platform.openai.com/account/rate-limits to learn more."
    )


def not_json(reason: str) -> ApiError:
    return invalid(_NOT_JSON)


def not_a_form() -> ApiError:
    return invalid("Could not parse multipart form.")


def wrong_content_type(content_type: str, accepted: str) -> ApiError:
    message = (
        f"Unsupported content type: '{content_type}'. This API method only accepts '{accepted}'"
        f" requests, but you specified the header 'Content-Type: {content_type}'. Please try again with a"
        " supported content type."
    )
    return invalid(message, code="unsupported_content_type")


def no_such_path(method: str, path: str) -> ApiError:
    return invalid(f"Invalid URL ({method} {path})", status=404)


def wrong_method(method: str, path: str) -> ApiError:
    hint = "(HINT: Perhaps you meant to make your API request using a different HTTP method?)"
    return invalid(f"Not allowed to {method} on {path}. {hint}", code="method_not_supported", status=405)


def error_body(error: JsonObject, request_id: str) -> JsonObject:
    return {"error": error}


def new_request_id() -> str:
    return new_id("req_", 32).lower()


def headers(request_id: str, rate: RateState, elapsed_ms: int) -> dict[str, str]:
    """The headers of every answer; only the request family is real, for only requests are limited."""
    return {
        "x-request-id": request_id,
        "openai-organization": ORGANIZATION,
        "openai-processing-ms": str(elapsed_ms),
        "openai-version": "2020-10-01",
        "x-ratelimit-limit-requests": str(rate.limit),
        "x-ratelimit-remaining-requests": str(rate.remaining),
        "x-ratelimit-reset-requests": _span(rate.reset_s),
        "x-ratelimit-limit-tokens": str(limiter.INPUT_TOKENS),
        "x-ratelimit-remaining-tokens": str(limiter.INPUT_TOKENS),
        "x-ratelimit-reset-tokens": "0s",
    }


def _span(seconds: float) -> str:
    """A length of time as OpenAI writes it: `6ms`, `1.2s`, `6m0s`."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    return f"{int(minutes)}m{rest:g}s" if minutes else f"{rest:g}s"
