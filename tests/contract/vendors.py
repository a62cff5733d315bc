"""The providers under contract. What is said of one holds for all; a new one is a line in this table."""

from __future__ import annotations

from dataclasses import dataclass

KEY = "sk-Contract-0123456789-abcdefghij"


@dataclass(frozen=True)
class Vendor:
    """A provider: which model to name, where its key is, and what of a base URL follows the host.

    `priced` says whether the price snapshot knows the model; `extra` is TOML for the provider's table.
    """

    name: str
    model: str
    key_variable: str
    base_path: str
    priced: bool = True
    extra: str = ""


ANTHROPIC = Vendor("anthropic", "claude-haiku-5-5", "ANTHROPIC_API_KEY", "")
OPENAI = Vendor("openai", "gpt-6-luna", "OPENAI_API_KEY", "/v1")
LOCAL = Vendor("local", "local/gpt-4o", "LOCAL_KEY", "/v1", priced=False)
RESPONSES = Vendor("responses", "responses/gpt-6-luna", "RESPONSES_KEY", "/v1", False, 'api = "responses"\n')
VENDORS = (ANTHROPIC, OPENAI, LOCAL, RESPONSES)
