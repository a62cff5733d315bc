"""`--max-input-tokens`: input that is too long fails, or loses its beginning, middle or end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from llmcli.choices import Overflow
from llmcli.errors import BudgetError
from llmcli.messages import Message, Request, TextPart

CUT = "\n[… cut …]\n"
# Cutting goes by characters and counting by tokens, so that it takes a few rounds to fit.
MOST_ROUNDS = 6


@dataclass(frozen=True)
class Count:
    """Tokens of a request: as the provider counted them, or estimated."""

    tokens: int
    exact: bool

    def __str__(self) -> str:
        return f"{self.tokens:,} tokens" if self.exact else f"about {self.tokens:,} tokens (estimated)"


def within(request: Request, most: int, overflow: Overflow, count: Callable[[Request], Count]) -> tuple[Request, Count]:
    """The request cut to at most `most` tokens, with its count. Raises BudgetError if that is not to be.

    What is cut is the longest text of the last message: `head` keeps its beginning, `tail` its end, `middle` both.
    """
    counted = count(request)
    for _ in range(MOST_ROUNDS):
        if counted.tokens <= most:
            return request, counted
        if overflow == "fail":
            break
        request = _shorter(request, most, counted.tokens, overflow)
        counted = count(request)
    if counted.tokens <= most:
        return request, counted
    raise BudgetError(
        f"the input is {counted}, more than --max-input-tokens {most:,}",
        hint="send less, or cut it with --on-overflow" if overflow == "fail" else "what is not cut is too long already",
    )


def _shorter(request: Request, most: int, counted: int, overflow: Overflow) -> Request:
    last = request.messages[-1]
    texts = [part for part in last.parts if isinstance(part, TextPart)]
    if not texts:
        return request
    longest = max(texts, key=lambda part: len(part.text))
    per_token = max(1.0, sum(len(part.text) for part in texts) / counted)
    excess = int((counted - most) * per_token) + len(CUT) + 1
    keep = max(0, len(longest.text) - excess)
    # A little less, since tokens are not all alike; but not so much less that nothing is left.
    keep -= int(0.05 * min(excess, keep))
    parts = tuple(
        replace(part, text=_cut(part.text, keep, overflow)) if part is longest else part for part in last.parts
    )
    return replace(request, messages=(*request.messages[:-1], Message(last.role, parts)))


def _cut(text: str, keep: int, overflow: Overflow) -> str:
    match overflow:
        case "head":
            return text[:keep] + CUT
        case "tail":
            return CUT + text[len(text) - keep :]
        case _:
            return text[: keep - keep // 2] + CUT + text[len(text) - keep // 2 :]
