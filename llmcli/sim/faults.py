"""Faults that a person orders: which request gets which.

A fault is written `KIND[=ARGUMENT][,key=value]...[:PROBABILITY]`, such as `429,retry-after=2:0.3`. In a TOML
file, each is a table `[[fault]]` with `kind`, the keys below, and `match`, a text that the prompt must hold.

    any status from 400 to 599, and `quota`  an error in the vendor's words; for quota, ARGUMENT is its code
    hang, hang-midbody                       nothing comes any more: at all, or amid the body
    drop-before, drop-midstream              the connection breaks: before any byte, or amid the body (reset)
    early-close                              a stream that ends cleanly without its terminal event
    error-event[=TYPE]                       an error inside the stream; without a stream, its status
    empty, html, garbage, truncated-json     200 with a body that is not an answer
    no-usage                                 an answer that does not say what it cost
    stop=WORD, max-tokens, refusal           an answer that stopped for this reason
    slow=DURATION                            an answer that starts late

A row of a batch is a request as well: a status makes it an error, and one that hangs expires. Calls that take no
prompt, such as an upload, are struck by faults without `match` that break a connection or an answer.

    retry-after=SECONDS | HTTP-DATE | day | date+DURATION, retry-after-ms=N, x-should-retry=true|false
    message=TEXT     what the error says       after=N       tokens before a stream breaks, or of max-tokens
    times=N          only the first N requests that match

Of several faults, those of the file come first, in order; the first one that strikes is the only one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from llmcli.durations import parse_duration_s
from llmcli.errors import UsageError
from llmcli.messages import Request
from llmcli.sim.retry_headers import retry_after_value

WITHOUT_ARGUMENT = frozenset(
    {
        "hang",
        "hang-midbody",
        "drop-before",
        "drop-midstream",
        "early-close",
        "empty",
        "html",
        "garbage",
        "truncated-json",
        "no-usage",
        "max-tokens",
        "refusal",
    }
)
WITH_OPTIONAL_ARGUMENT = frozenset({"quota", "error-event"})
WITH_ARGUMENT = frozenset({"stop", "slow"})
STATUS = "status"

# A row of a batch has no connection that could break; one that hangs is never answered.
IN_BATCHES = frozenset({STATUS, "quota", "error-event", "hang", "slow", "stop", "max-tokens", "refusal", "no-usage"})
# What has no answer of a model in it cannot stop, refuse or count.
WITHOUT_PROMPT = frozenset({STATUS, "quota", "error-event", "slow"}) | (
    WITHOUT_ARGUMENT - {"early-close", "max-tokens", "refusal", "no-usage"}
)

KINDS = WITHOUT_ARGUMENT | WITH_OPTIONAL_ARGUMENT | WITH_ARGUMENT
_SPEC = re.compile(r"(?P<rest>.*?)(?::(?P<probability>\d*\.?\d+))?", re.DOTALL)
# A comma starts an option only before a key, for an HTTP date has a comma of its own.
_NEXT_OPTION = re.compile(r",(?=[a-z][a-z-]*=)")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_DEFAULT_AFTER = 3


@dataclass(frozen=True)
class Fault:
    """One kind of trouble, and when it strikes. `name` is how it was written, for the log.

    `kind` is one of the words above, or STATUS with `status` set. `after` counts tokens of the answer.
    """

    name: str
    kind: str
    status: int = 0
    argument: str | None = None
    delay_s: float = 0.0
    retry_after: str | None = None
    retry_after_ms: int | None = None
    x_should_retry: str | None = None
    message: str | None = None
    after: int = _DEFAULT_AFTER
    times: int | None = None
    match: str | None = None
    probability: float = 1.0


_OPTIONS = tuple(
    field.name.replace("_", "-")
    for field in fields(Fault)
    if field.name not in ("name", "kind", "status", "argument", "delay_s", "match", "probability")
)


def parse_fault(spec: str) -> Fault:
    """The fault that `spec` describes. Raises UsageError naming what is wrong and what is allowed."""
    match = _SPEC.fullmatch(spec)
    rest, probability = (match["rest"], match["probability"]) if match else (spec, None)
    kind, *options = _NEXT_OPTION.split(rest)
    given: dict[str, str] = {}
    for option in options:
        key, _, value = option.partition("=")
        given[key] = value
    return make_fault(kind, given, probability=probability or "1", name=spec)


def make_fault(
    kind: str,
    options: Mapping[str, str],
    *,
    probability: str = "1",
    match: str | None = None,
    name: str | None = None,
) -> Fault:
    """The fault of this kind, argument included, with these options as people write them."""
    word, equals, argument = kind.partition("=")
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise UsageError(f'"{unknown[0]}" is no option of a fault', hint=f"one of {', '.join(_OPTIONS)}")
    status = _status(word, equals)
    return Fault(
        name=name or kind,
        kind=STATUS if status else _kind(word, argument if equals else None),
        status=status,
        argument=argument or None,
        delay_s=parse_duration_s(argument) if word == "slow" else 0.0,
        retry_after=_checked_retry_after(options.get("retry-after")),
        retry_after_ms=_count("retry-after-ms", options),
        x_should_retry=_true_or_false("x-should-retry", options),
        message=options.get("message"),
        after=_DEFAULT_AFTER if "after" not in options else _count("after", options) or 0,
        times=_count("times", options),
        match=match,
        probability=_probability(probability),
    )


def _status(word: str, equals: str) -> int:
    if not word.isascii() or not word.isdigit():
        return 0
    if equals or not 400 <= int(word) <= 599:
        raise UsageError(f'"{word}{equals}" is not a status that can be simulated', hint="400 to 599")
    return int(word)


def _kind(word: str, argument: str | None) -> str:
    if word not in KINDS:
        hint = f"an HTTP status from 400 to 599, or one of {', '.join(sorted(KINDS))}"
        raise UsageError(f'unknown fault "{word}"', hint=hint)
    if argument is not None and word in WITHOUT_ARGUMENT:
        raise UsageError(f'"{word}" takes no argument, but got "{argument}"', hint=f"write {word}")
    if word in WITH_ARGUMENT and not argument:
        example = "stop=refusal" if word == "stop" else "slow=2s"
        raise UsageError(f'"{word}" needs an argument', hint=f"such as {example}")
    if argument is not None and word != "slow" and not _WORD.fullmatch(argument):
        raise UsageError(f'"{argument}" is not a word for "{word}"', hint="letters, digits and _ only")
    return word


def _checked_retry_after(value: str | None) -> str | None:
    if value is not None:
        retry_after_value(value)
    return value


def _count(key: str, options: Mapping[str, str]) -> int | None:
    value = options.get(key)
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII):
        raise UsageError(f'"{value}" is not a number for "{key}"', hint="a whole number, 0 or more")
    return int(value)


def _true_or_false(key: str, options: Mapping[str, str]) -> str | None:
    value = options.get(key)
    if value not in (None, "true", "false"):
        raise UsageError(f'"{value}" is not a value for "{key}"', hint="true or false")
    return value


def _probability(value: str) -> float:
    try:
        probability = float(value)
    except ValueError:
        probability = -1.0
    if not 0 <= probability <= 1:
        raise UsageError(f'"{value}" is not a probability', hint="a number from 0 to 1")
    return probability


class FaultPlan:
    """Decides which fault strikes a request; with the same seed and requests, always the same ones."""

    def __init__(self, faults: tuple[Fault, ...], seed: int | None = None) -> None:
        self._faults = faults
        self._random = random.Random(seed)
        self._struck = [0] * len(faults)
        self._reads_prompts = any(fault.match is not None for fault in faults)

    def draw(
        self, request: Request | None, *, stream: bool = False, kinds: frozenset[str] | None = None
    ) -> Fault | None:
        """The fault for this request, or None; only one of these kinds, if there are any."""
        prompt = _prompt(request) if request and self._reads_prompts else ""
        for index, fault in enumerate(self._faults):
            if fault.match is not None and fault.match not in prompt:
                continue
            if kinds is not None and fault.kind not in kinds:
                continue
            if fault.kind == "early-close" and not stream:
                continue
            if fault.times is not None and self._struck[index] >= fault.times:
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            self._struck[index] += 1
            return fault
        return None


def _prompt(request: Request) -> str:
    return "\n".join([request.system or "", *(message.text for message in request.messages)])
