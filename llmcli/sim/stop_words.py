"""Words for why an answer stopped: ours, and those of either vendor."""

from __future__ import annotations

from llmcli.messages import StopReason

# Vendors' words that mean one of ours; other unknown words pass through as they are.
_VENDOR_WORDS = {
    "stop": StopReason.END_TURN,
    "length": StopReason.MAX_TOKENS,
    "max_output_tokens": StopReason.MAX_TOKENS,
    "content_filter": StopReason.REFUSAL,
    "tool_calls": StopReason.TOOL_USE,
    "model_context_window_exceeded": StopReason.CONTEXT_WINDOW,
    "pause_turn": StopReason.INCOMPLETE,
}


def meaning(word: str) -> StopReason:
    """What a word stands for; words that nobody knows are UNKNOWN."""
    known = {reason.value: reason for reason in StopReason} | _VENDOR_WORDS
    return known.get(word, StopReason.UNKNOWN)
