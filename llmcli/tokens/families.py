"""What is known of each vendor's models that makes their counts differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_CLAUDE = re.compile(r"claude-(?:[a-z]+-)?(\d+)(?:[-.](\d{1,2})(?!\d))?")
# GPT-4 and what came before; from GPT-4o on it is o200k_base.
_CL100K = re.compile(r"gpt-(3\.5|4)(-|$)")
_NEW_TOKENIZER_SINCE = (4, 7)

# Anthropic's vocabulary is not public. Since Opus 4.7 the same text is about 30 % more tokens than before (token
# counting guide, 2026). Against o200k_base, unofficial reconstructions of both give 1.05 to 1.27 times as many tokens
# for code, prose and JSON before it and 1.06 to 1.67 since; languages in other scripts are up to twice as many.
_OLDER_CLAUDE, _NEWER_CLAUDE = 12, 15


@dataclass(frozen=True)
class Family:
    """How a model counts. Images are cut into patches of so many pixels a side, one token each."""

    vocabulary: str = "o200k_base"
    per_ten: int = 10  # its tokens for each ten of the vocabulary's
    patch_px: int = 32
    longest_px: int = 65_535
    most_image_tokens: int = 2500  # of an image that is sent without a wish for more detail
    image_bound: int = 10_000  # the most that the vendor names for any image
    page_tokens: int = 2300  # an ordinary page of a PDF, which is read as text and as an image
    tools_tokens: int = 0  # what the vendor says to the model about tools, if there are any
    tokens_per_byte: int = 1  # at most: a token of a byte-level vocabulary is at least a byte
    normalizes: bool = False  # whether text is normalised first, which may make it longer

    @property
    def page_bound(self) -> int:
        """The most that a page of a PDF may be: its text, by Anthropic's PDF guide (2026), and its image."""
        return 3000 + self.image_bound


# Images: vision guide (28 pixels; 1,600 or 4,784 tokens). Tools: pricing page. A word's beginning, its end and a
# capital may be tokens of their own, so that there can be two for a byte.
_NEW_CLAUDE = Family("o200k_base", _NEWER_CLAUDE, 28, 2576, 4784, 4784, 2300, 346, 2, normalizes=True)
_OLD_CLAUDE = Family("o200k_base", _OLDER_CLAUDE, 28, 1568, 1600, 1600, 2100, 346, 2, normalizes=True)
# Images and vision guide of OpenAI (2026): 2,833 tokens, and 5,667 for each of at most 8 tiles.
_GPT_4O_MINI = Family(image_bound=48_169)
_CL100K_FAMILY = Family("cl100k_base")
_OTHER = Family()


@lru_cache(maxsize=256)
def family_of(model: str | None) -> Family:
    """The family of a model, by the provider's own name for it; one that is unknown is taken for OpenAI's."""
    name = (model or "").rpartition("/")[2]
    if match := _CLAUDE.match(name):
        version = int(match[1]), int(match[2] or 0)
        return _NEW_CLAUDE if version >= _NEW_TOKENIZER_SINCE else _OLD_CLAUDE
    if name.startswith("claude-"):
        return _NEW_CLAUDE
    if name.startswith("gpt-4o-mini"):
        return _GPT_4O_MINI
    return _CL100K_FAMILY if _CL100K.match(name) else _OTHER
