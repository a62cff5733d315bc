"""One go of a scenario."""

from __future__ import annotations

import random

from .setting import MODELS
from .world import World


class Turn:
    """One go of a scenario: `mark` is who asks, `draw` what is left to chance."""

    def __init__(self, world: World, mark: str, draw: random.Random) -> None:
        self.world = world
        self.mark = mark
        self.draw = draw
        self.tag = ("--tag", f"mark={mark}")

    def model(self, among: tuple[str, ...] = MODELS) -> tuple[str, ...]:
        return ("-m", self.draw.choice(among), *self.tag)
