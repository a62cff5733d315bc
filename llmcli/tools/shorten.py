"""Text that is too long to show."""

from __future__ import annotations


def shortened(text: str, most: int) -> str:
    """`text` in at most `most` characters: how it begins and how it ends, for the end is where the sting may be."""
    if len(text) <= most:
        return text
    gap = f" … {len(text) - most} more … "
    kept = most - len(gap)
    return f"{text[: kept - kept // 3]}{gap}{text[-(kept // 3) :]}"
