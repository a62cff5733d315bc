"""What a soak is set in: the user's settings, the provider's faults, and what may be expected of runs."""

from __future__ import annotations

from pathlib import Path

from llmcli.errors import ExitCode

from .balance import PRICES

KEY = "sk-Soak-0123456789-abcdefghij"
MODELS = ("claude-haiku-5-5", "gpt-6-luna", "local/gpt-4o", "responses/gpt-6-luna")
LONG = "messages/sim"  # writes as much as one likes
SPARED = "<spared>"
"""A word in a prompt that no fault strikes."""
PATIENCE_S = 300.0
"""After this a run hangs. It is more than its deadline by so much that no busy machine can be the reason."""

# What a script has to expect of a faulty provider. 1 is a bug, 2 to 4, 7 and 11 would be faults of the soak's own.
EXPECTED = frozenset(
    {
        ExitCode.OK,
        ExitCode.RATE_LIMITED,
        ExitCode.UNAVAILABLE,
        ExitCode.REFUSED,
        ExitCode.TRUNCATED,
        ExitCode.INVALID_OUTPUT,
        ExitCode.PARTIAL,
    }
)

QUICK = {"LLMCLI_DEADLINE_S": "60", "LLMCLI_TIMEOUT_S": "8"}

FAULTS = (
    "429:0.03", "429,retry-after-ms=300:0.03", "500:0.02", "503,retry-after=1:0.02", "529:0.02", "408:0.01",
    "drop-before:0.03", "drop-midstream:0.03", "early-close:0.02", "error-event:0.02",
    "garbage:0.02", "html:0.01", "empty:0.01", "truncated-json:0.02",
    "slow=1500ms:0.03", "slow=20s:0.003", "hang:0.003", "hang-midbody:0.003",
    "no-usage:0.02", "max-tokens:0.02", "refusal:0.01",
)  # fmt: skip

FAULTS_FILE = f"""
[[fault]]
match = "{SPARED}"
kind = "slow=0"
"""

_CONFIG = """
usage_log = "{usage_log}"

[retry]
base_s = 0.05
cap_s = 0.5

[budget]
daily_usd = 1_000_000

[providers.anthropic]
base_url = "{url}"
[providers.openai]
base_url = "{url}/v1"
[providers.local]
base_url = "{url}/v1"
key_env = "OPENAI_API_KEY"
[providers.responses]
base_url = "{url}/v1"
key_env = "OPENAI_API_KEY"
api = "responses"
[providers.messages]
kind = "anthropic"
base_url = "{url}"
key_env = "ANTHROPIC_API_KEY"
"""


def config(url: str, usage_log: Path) -> str:
    """The user's configuration: every provider is the server at `url`, every model has the same prices."""
    prices = "".join(f'{kind} = "{usd}"\n' for kind, usd in PRICES.items())
    return _CONFIG.format(url=url, usage_log=usage_log) + "".join(
        f'[prices."{model}"]\n{prices}' for model in (*MODELS, LONG)
    )
