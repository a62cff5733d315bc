"""How many tokens an image is to OpenAI's models: developers.openai.com/api/docs/guides/images-vision (2025, 2026).

Older models count tiles of 512 pixels, small and newer ones patches of 32. The page names no figures for models after
GPT-5.4; they are taken to count as that one.
"""

from __future__ import annotations

import math

from llmcli.sim.openai.models import OpenAIModel

_TILE = 512
_PATCH = 32
# Tokens of an image at low detail, and of each tile at high detail.
_TILES = {"gpt-4o-mini": (2833, 5667), "gpt-4": (85, 170), "gpt-5": (70, 140), "o": (75, 150), "sim": (85, 170)}
# Tokens of a patch, for models that have their own.
_PATCHES = {"gpt-4.1-mini": 1.62, "gpt-5-mini": 1.62, "gpt-5-nano": 2.46}
_MOST_PATCHES = {"low": 256, "high": 2500, "auto": 2500, "original": 10_000}
_MOST_PATCHES_OF_SMALL = 1536


def image_tokens(model: OpenAIModel, width: int, height: int, detail: str) -> int:
    """The tokens of an image of this size in pixels at this detail."""
    for name, factor in _PATCHES.items():
        if model.id.startswith(name):
            return math.ceil(_patches(width, height, _MOST_PATCHES_OF_SMALL) * factor)
    if model.version >= (5, 4):
        return _patches(width, height, _MOST_PATCHES[detail])
    base, tile = next(counts for name, counts in _TILES.items() if model.id.startswith(name))
    return base if detail == "low" else base + tile * _tiles(width, height)


def _tiles(width: int, height: int) -> int:
    scale = min(1.0, 2048 / max(width, height))
    scale = min(scale, 768 / min(width, height))
    return math.ceil(round(width * scale) / _TILE) * math.ceil(round(height * scale) / _TILE)


def _patches(width: int, height: int, most: int) -> int:
    count = math.ceil(width / _PATCH) * math.ceil(height / _PATCH)
    if count <= most:
        return count
    scale = math.sqrt(most * _PATCH**2 / (width * height))
    across, down = width * scale / _PATCH, height * scale / _PATCH
    scale *= min(math.floor(across) / across, math.floor(down) / down) if min(across, down) >= 1 else 1
    return max(1, min(most, math.ceil(width * scale / _PATCH) * math.ceil(height * scale / _PATCH)))
