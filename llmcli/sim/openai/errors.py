"""OpenAI's answers to a request that it cannot accept.

The wording and the codes are taken from answers quoted in public issues of 2024 to 2026.
"""

from __future__ import annotations

from llmcli.sim.checks import TYPE_NAMES, Check, Path, Tag, Violation, as_limit
from llmcli.sim.wire import ApiError

INVALID = "invalid_request_error"


def invalid(message: str, param: str | None = None, code: str | None = None, status: int = 400) -> ApiError:
    """A refusal of the request itself."""
    return ApiError(status, {"message": message, "type": INVALID, "param": param, "code": code})


def model_not_found(model: str) -> ApiError:
    message = f"The model `{model}` does not exist or you do not have access to it."
    return invalid(message, code="model_not_found", status=404)


def unsupported(param: str, instead: str | None = None, code: str | None = "unsupported_parameter") -> ApiError:
    """A parameter that exists, but not for this model."""
    hint = f" Use '{instead}' instead." if instead else ""
    return invalid(f"Unsupported parameter: '{param}' is not supported with this model.{hint}", param, code)


def not_simulated(param: str, what: str) -> ApiError:
    """What the vendor has and the simulator has not; these words are its own."""
    return invalid(f"'{param}': {what} is not simulated.", param, "not_simulated")


def from_violation(found: Violation) -> ApiError:
    param = join(found.path)
    message, code = _sentence(found, param)
    return invalid(message, param, code)


def validate(check: Check, value: object, path: Path = ()) -> None:
    """Raise the ApiError for the first thing that is wrong with a value."""
    try:
        check(value, path)
    except Violation as found:
        raise from_violation(found) from found


def join(path: Path) -> str:
    """A path as OpenAI writes it: `messages[0].content`."""
    parts = []
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        elif not isinstance(part, Tag):
            parts.append(f".{part}" if parts else part)
    return "".join(parts)


def _sentence(found: Violation, param: str) -> tuple[str, str]:
    expected, got = found.expected, found.got
    match found.problem:
        case "missing":
            return f"Missing required parameter: '{param}'.", "missing_required_parameter"
        case "unknown":
            return f"Unknown parameter: '{param}'.", "unknown_parameter"
        case "type":
            wanted, sent = _type_words(expected), _article(TYPE_NAMES.get(type(got), "object"))
            return f"Invalid type for '{param}': expected {wanted}, but got {sent} instead.", "invalid_type"
        case "choice" | "tag":
            return (
                f"Invalid value: '{got}'. Supported values are: {_alternatives(expected)}.",
                "invalid_value",
            )
        case "below" | "above":
            side, sign = ("below minimum", ">=") if found.problem == "below" else ("above maximum", "<=")
            kind = "integer" if isinstance(expected, int) else "decimal"
            code = f"{kind}_{side.split()[0]}_{side.split()[1][:3]}_value"
            limit = f"Expected a value {sign} {as_limit(expected)}, but got {got} instead."
            return f"Invalid '{param}': {kind} {side} value. {limit}", code
        case "pattern":
            return (
                f"Invalid '{param}': string does not match pattern. Expected a string that matches the pattern"
                f" '{expected}'.",
                "invalid_value",
            )
        case "short" | "long":
            return _length("string", param, found)
        case "few" | "many":
            return _length("array", param, found)


def _length(kind: str, param: str, found: Violation) -> tuple[str, str]:
    """Sentences about the length of a string or an array; empty ones have a code of their own."""
    length = found.got if isinstance(found.got, int) else 0
    thing = _article(kind)
    low = found.problem in ("short", "few")
    limit = f"Expected {thing} with {'minimum' if low else 'maximum'} length {found.expected}"
    if low and length == 0:
        return f"Invalid '{param}': empty {kind}. {limit}, but got an empty {kind} instead.", f"empty_{kind}"
    what, code = ("short", f"{kind}_below_min_length") if low else ("long", f"{kind}_above_max_length")
    return (
        f"Invalid '{param}': {kind} too {what}. {limit}, but got {thing} with length {length} instead.",
        code,
    )


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}" if noun != "null" else "null"


def _type_words(expected: object) -> str:
    names: list[str] = []
    for one in expected if isinstance(expected, tuple) else (expected,):
        names.append(TYPE_NAMES.get(one, "object") if isinstance(one, type) else str(one))
    return "one of " + " or ".join(map(_article, names)) if len(names) > 1 else _article(names[0])


def _alternatives(expected: object) -> str:
    quoted = [f"'{word}'" for word in expected] if isinstance(expected, tuple) else [f"'{expected}'"]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
