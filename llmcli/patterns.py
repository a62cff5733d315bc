"""Regular expressions that somebody else wrote."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


def compiled(pattern: str) -> re.Pattern[str]:
    """The expression as Python has it. Raises ValueError if Python cannot read it."""
    with reading():
        return re.compile(pattern)


@contextmanager
def reading() -> Iterator[None]:
    """Whatever is wrong with an expression that is read within is a ValueError.

    Python also warns, on stderr and in its own words, of what it may read otherwise some day: that is not passed on.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error
