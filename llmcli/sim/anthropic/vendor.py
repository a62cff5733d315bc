"""Anthropic's keys, errors and headers, as documented at platform.claude.com/docs/en/api/errors (2026-11).

Error types are those of anthropic 2.10 `types/shared/error_type.py`, and `request_too_large` from the page.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from llmcli.sim import limiter
from llmcli.sim.checks import TYPE_NAMES, Check, JsonObject, Path, Violation, as_limit
from llmcli.sim.limiter import RateState
from llmcli.sim.routes import Answer, Asked
from llmcli.sim.wire import ApiError, Trouble, bearer, key_verdict, new_id

NAME = "anthropic"
VERSIONS = ("2023-01-01", "2023-06-01", "2026-10-21")
OVERLOADED_STATUS = 529
MOST_BYTES = 32 * 1024 * 1024  # for requests that carry messages; platform.claude.com/docs/en/api/errors
ORGANIZATION = "00000000-0000-4000-8000-000000000000"

_BY_STATUS = {
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low to access the Anthropic API."),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "Not found"),
    408: ("timeout_error", "Request timed out"),
    409: ("conflict_error", "The request conflicts with the current state of the resource."),
    413: ("request_too_large", "Request exceeds the maximum allowed number of bytes."),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit."),
    504: ("timeout_error", "The request timed out while processing."),
    529: ("overloaded_error", "Overloaded"),
}
_STATUS_OF_TYPE = {kind: status for status, (kind, _) in _BY_STATUS.items()} | {
    "timeout_error": 504,
    "api_error": 500,
    "invalid_request_error": 400,
}
_QUOTA = "You have reached the monthly usage limit of your API tier. Access resumes at the start of next month."

# How pydantic, which words Anthropic's validation errors, names the types.
_TYPES = {
    "string": "a valid string",
    "boolean": "a valid boolean",
    "integer": "a valid integer",
    "decimal": "a valid number",
    "array": "a valid list",
    "object": "an object",
}


def invalid(message: str) -> ApiError:
    """A 400 with this message."""
    return ApiError(400, {"type": "invalid_request_error", "message": message})


def not_found(message: str) -> ApiError:
    return ApiError(404, {"type": "not_found_error", "message": message})


def from_violation(found: Violation) -> ApiError:
    path = ".".join(str(part) for part in found.path)
    return invalid(f"{path}: {_sentence(found)}" if path else _sentence(found))


def validate(check: Check, value: object, path: Path = ()) -> None:
    """Raise the ApiError for the first thing that is wrong with a value."""
    try:
        check(value, path)
    except Violation as found:
        raise from_violation(found) from found


def _sentence(found: Violation) -> str:
    expected, got = found.expected, found.got
    match found.problem:
        case "missing":
            return "Field required"
        case "unknown":
            return "Extra inputs are not permitted"
        case "type":
            return f"Input should be {_type_words(expected)}"
        case "choice":
            return f"Input should be {_alternatives(expected)}"
        case "tag":
            tags = ", ".join(f"'{tag}'" for tag in _words(expected))
            key = found.path[-1]
            return f"Input tag '{got}' found using '{key}' does not match any of the expected tags: {tags}"
        case "below":
            return f"Input should be greater than or equal to {as_limit(expected)}"
        case "above":
            return f"Input should be less than or equal to {as_limit(expected)}"
        case "short":
            return f"String should have at least {expected} character(s)"
        case "long":
            return f"String should have at most {expected} characters"
        case "pattern":
            return f"String should match pattern '{expected}'"
        case "few":
            return f"List should have at least {expected} item(s) after validation, not {got}"
        case "many":
            return f"List should have at most {expected} items after validation, not {got}"


def _words(expected: object) -> list[str]:
    return [str(word) for word in expected] if isinstance(expected, tuple) else [str(expected)]


def _alternatives(expected: object) -> str:
    quoted = [f"'{word}'" for word in _words(expected)]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _type_words(expected: object) -> str:
    names = _words(expected) if isinstance(expected, tuple) else [TYPE_NAMES.get(_as_type(expected), "object")]
    return " or ".join(_TYPES.get(name, name) for name in names)


def _as_type(expected: object) -> type:
    return expected if isinstance(expected, type) else dict


def authorize(headers: Mapping[str, str], api_key: str | None) -> None:
    """Accepts `x-api-key` or `Authorization: Bearer`; if both are sent, the former counts."""
    key = headers.get("x-api-key")
    verdict = key_verdict(key or bearer(headers), api_key)
    if verdict == "forbidden":
        raise trouble(Trouble(403))
    if verdict == "missing":
        raise trouble(Trouble(401, message="x-api-key header is required"))
    if verdict == "wrong":
        raise trouble(Trouble(401, message="invalid x-api-key" if key else "Invalid bearer token"))


def check_version(headers: Mapping[str, str]) -> str:
    """The API version asked for, which is required."""
    version = headers.get("anthropic-version")
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        raise invalid(f'anthropic-version: "{version}" is not a valid version')
    return version


def versioned(answer: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """The same, for requests that name an API version, as all must."""

    def answer_version(asked: Asked) -> Answer:
        check_version(asked.headers)
        return answer(asked)

    return answer_version


def storage_full() -> ApiError:
    """The answer to what there is no room for."""
    message = "The organization's file storage quota is exhausted. Delete files or message batches to free up space."
    details = {"error_code": "storage_quota_exceeded"}
    return ApiError(400, {"type": "invalid_request_error", "message": message, "details": details})


def trouble(trouble: Trouble) -> ApiError:
    """The error of this status or type; quota and rate limits have extra fields of their own."""
    status = _STATUS_OF_TYPE.get(trouble.word or "", trouble.status)
    kind, message = _BY_STATUS.get(
        status,
        ("api_error", "Internal server error") if status >= 500 else ("invalid_request_error", "Invalid request"),
    )
    if trouble.kind == "quota":
        details = {"error_code": trouble.word or "enforced_spend_limit_reached"}
        return ApiError(429, {"type": kind, "message": trouble.message or _QUOTA, "details": details})
    error: JsonObject = {"type": trouble.word or kind, "message": trouble.message or message}
    headers = {}
    if trouble.kind == "rate_limit":
        headers["retry-after"] = str(max(1, math.ceil(trouble.rate.retry_after_s)))
    return ApiError(status, error, headers)


def not_json(reason: str) -> ApiError:
    return invalid(f"The request body is not valid JSON: {reason}")


def not_a_form() -> ApiError:
    return invalid("The request body is not a valid multipart form.")


def wrong_content_type(content_type: str, accepted: str) -> ApiError:
    return invalid(f'content-type: must be "{accepted}", not "{content_type}"')


def no_such_path(method: str, path: str) -> ApiError:
    return not_found("Not found")


def wrong_method(method: str, path: str) -> ApiError:
    return ApiError(405, {"type": "invalid_request_error", "message": "Method Not Allowed"})


def error_body(error: JsonObject, request_id: str) -> JsonObject:
    return {"type": "error", "error": error, "request_id": request_id}


def new_request_id() -> str:
    return new_id("req_011C", 20)


def headers(request_id: str, rate: RateState, elapsed_ms: int) -> dict[str, str]:
    """The headers of every answer; only the request family is real, for only requests are limited."""
    now = time.time()
    soon = _rfc3339(now + 1)
    sent = {
        "request-id": request_id,
        "anthropic-organization-id": ORGANIZATION,
        "anthropic-ratelimit-requests-limit": str(rate.limit),
        "anthropic-ratelimit-requests-remaining": str(rate.remaining),
        "anthropic-ratelimit-requests-reset": _rfc3339(now + rate.reset_s),
    }
    families = {"input-tokens": limiter.INPUT_TOKENS, "output-tokens": limiter.OUTPUT_TOKENS}
    families["tokens"] = sum(families.values())
    for family, limit in families.items():
        sent[f"anthropic-ratelimit-{family}-limit"] = str(limit)
        sent[f"anthropic-ratelimit-{family}-remaining"] = str(limit)
        sent[f"anthropic-ratelimit-{family}-reset"] = soon
    return sent


def timestamp(moment: float) -> str:
    """A time as it stands in bodies, such as `2024-08-20T18:37:24.100435Z`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _rfc3339(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(math.ceil(moment)))
