"""From what goes wrong on the wire to our errors: the same fault gives the same error with every provider."""

from __future__ import annotations

import email.utils
import errno
import os
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from llmcli.errors import (
    AuthError,
    DisconnectedError,
    LlmcliError,
    QuotaError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
    one_line,
)
from llmcli.providers.base import Endpoint

LONGEST_WORDS = 400

# How a connection fails before anything was sent over it.
_NO_CONNECTION = (socket.gaierror, ssl.SSLCertVerificationError, ConnectionRefusedError)
_NO_CONNECTION_CODES = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNREFUSED, errno.EADDRNOTAVAIL)

# Words in the error types and codes of the vendors that mean: no money left, so that waiting does not help.
_QUOTA_WORDS = ("quota", "billing", "spend_limit", "credit")

# The vendors' words for an error inside a stream, which comes without a status, as the status it stands for.
# Anthropic: "Errors" page of the API reference; OpenAI: "Error codes" guide (2026-10).
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "request_too_large": 413,
    "context_length_exceeded": 400,
    "insufficient_quota": 429,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "tokens": 429,
    "requests": 429,
    "timeout_error": 504,
    "api_error": 500,
    "server_error": 500,
    "overloaded_error": 529,
}


_STATUS = re.compile(r"[45]\d\d", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """What a server said when it did not answer. `words` are its own, `types` its error type and code."""

    status: int | None
    words: str
    types: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None


def error_of(endpoint: Endpoint, fault: Fault, *, now: float | None = None) -> LlmcliError:
    """The error that `fault` is. A fault without a status came inside a stream; its types stand for one."""
    status = fault.status if fault.status is not None else _status_of(fault.types)
    words = endpoint.mask(one_line(fault.words))[:LONGEST_WORDS].rstrip(".")
    error_class, did, hint = _class_of(endpoint, status, fault.types)
    shown = f" ({fault.status})" if fault.status is not None else ""
    error = error_class(
        f"{endpoint.name} {did}{shown}" + (f": {words}" if words else ""),
        hint=hint,
        status=fault.status,
        retry_after_s=retry_after_s(fault.headers, now=time.time() if now is None else now),
        request_id=_shown_id(endpoint, fault.request_id),
    )
    wish = fault.headers.get("x-should-retry", "").lower()
    if wish in ("true", "false") and error_class is not QuotaError:
        error.retryable = wish == "true"
    return error


@contextmanager
def identified(endpoint: Endpoint, request_id: str | None) -> Iterator[None]:
    """An answer has begun: whatever is wrong with the rest of it, the vendor finds the request by this id."""
    try:
        yield
    except LlmcliError as error:
        if error.request_id is None:
            error.request_id = _shown_id(endpoint, request_id)
        raise


def _shown_id(endpoint: Endpoint, request_id: str | None) -> str | None:
    return None if request_id is None else endpoint.mask(one_line(request_id))


def nonsense(endpoint: Endpoint, what: str) -> UnavailableError:
    """An answer with status 200 that is none. Not retried: it may have been billed, and comes back the same."""
    return UnavailableError(
        f"{endpoint.name} at {endpoint.base_url} answered with {what}",
        hint="check the base URL: is this the API?",
        retryable=False,
    )


def unreachable(endpoint: Endpoint, cause: BaseException) -> DisconnectedError:
    """No connection, or one that broke."""
    root = _root(cause)
    error = DisconnectedError(
        f"no answer from {endpoint.name} at {endpoint.base_url}: {_reason(endpoint, root)}",
        hint="check the network and the base URL",
    )
    error.reached = not isinstance(root, _NO_CONNECTION) and getattr(root, "errno", None) not in _NO_CONNECTION_CODES
    return error


def retry_after_s(headers: Mapping[str, str], *, now: float) -> float | None:
    """How long the server asks to wait: `retry-after-ms`, or `retry-after` as seconds or HTTP date (RFC 9110)."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait = float(headers.get(name, "")) * scale
        except ValueError:
            continue
        if 0 <= wait < float("inf"):
            return wait
    try:
        when = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, OverflowError):
        return None
    return max(0.0, when.timestamp() - now)


def _status_of(types: tuple[str, ...]) -> int:
    """What a vendor's word stands for, or else the number that other servers give as a code."""
    known = [_STATUS_OF_TYPE[word] for word in types if word in _STATUS_OF_TYPE]
    return next(iter([*known, *(int(word) for word in types if _STATUS.fullmatch(word))]), 500)


def _class_of(endpoint: Endpoint, status: int, types: tuple[str, ...]) -> tuple[type[LlmcliError], str, str]:
    """The class of error, what the provider did, and what the user can do."""
    key = endpoint.key_variable or "the key"
    if status in (402, 429) and (status == 402 or any(word in kind for kind in types for word in _QUOTA_WORDS)):
        return QuotaError, "has no quota left for this key", "check plan and billing with the provider"
    if status == 429:
        return RateLimitedError, "is limiting the rate", "try later, or name a --fallback"
    if status == 401:
        return AuthError, "rejected the key", f"check {key}"
    if status == 403:
        return AuthError, "denied permission", f"check what {key} may do"
    if status == 404:
        return RejectedError, "does not know the model or address", "check -m and the base URL (llmcli models)"
    if status in (408, 409) or status >= 500:
        return UnavailableError, "is not available", "try later, or name a --fallback"
    if 300 <= status < 400:
        return RejectedError, "answered with a redirect, which is not followed", "check the base URL"
    return RejectedError, "refused the request", "change the request as it says"


def _root(error: BaseException) -> BaseException:
    """The innermost reason: the outer layers only say that a connection failed."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def _reason(endpoint: Endpoint, seen: BaseException) -> str:
    reason = str(seen)
    if isinstance(seen, ssl.SSLCertVerificationError):
        reason = f"its certificate cannot be verified: {seen.verify_message}"
    elif isinstance(seen, OSError) and not isinstance(seen, ssl.SSLError) and seen.errno is not None:
        # asyncio puts the address into strerror; the resolver's negative numbers mean nothing to os.strerror, nor do
        # those of SSL errors.
        reason = os.strerror(seen.errno) if seen.errno > 0 else str(seen.strerror)
    # Masked before its case changes: afterwards a key could not be told from other words.
    return endpoint.mask(one_line(reason or type(seen).__name__)).lower()[:LONGEST_WORDS]
