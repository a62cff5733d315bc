"""What a tool gets to see of our environment."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

# What the vendors' SDKs take for a key, or a header with one in it.
_OF_SDKS = re.compile(r"(ANTHROPIC|OPENAI)_\w*(KEY|TOKEN|SECRET|HEADERS)")


def tool_environment(environ: Mapping[str, str], key_variables: Collection[str]) -> dict[str, str]:
    """`environ` without the variables that hold API keys: what the model has run must not be able to send them away."""
    return {
        name: value for name, value in environ.items() if name not in key_variables and not _OF_SDKS.fullmatch(name)
    }
