"""Whether many `llmcli ask` at once stay under a cap and use it. Run by hand:

    python -m tests.benchmarks.budget [PROCESSES]

So many processes (100 by default) start together under `daily_usd = 1`; each goes on asking until it is refused.
An answer costs 1 to 2 cents and reserves 2, so that a cap that was only checked would be passed at once.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from ..helpers import ledger_rows
from .startup import environment
from .stream import simulator

CAP_USD = Decimal(1)
LEAST_USED_USD = Decimal("0.95")

CONFIG = """
[budget]
daily_usd = {cap}

[providers.anthropic]
base_url = "http://127.0.0.1:{port}"
"""

# As a shell would: ask until there is no money left. 40,000 tokens are 2 cents.
LOOP = 'while "$0" -m llmcli ask -n -m claude-haiku-5-5 --max-tokens 40000 "sim:tokens=$1" > /dev/null; do :; done'


def main() -> None:
    processes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as home, simulator(home) as port:
        config = Path(home) / "llmcli" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        config.write_text(CONFIG.format(cap=CAP_USD, port=port))
        began = time.monotonic()
        running = [
            subprocess.Popen(
                ["/bin/sh", "-c", LOOP, sys.executable, str(20_000 + 200 * number)],
                env=environment(home),
                cwd=home,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(processes)
        ]
        said = [process.communicate()[1] for process in running]
        took_s = time.monotonic() - began
        rows = ledger_rows(next(Path(home).rglob("ledger.db")).parent)
    spent = sum((Decimal(row["cost_usd"]) for row in rows), Decimal(0))
    refused = sum("budget.daily_usd is $1" in text for text in said)
    print(f"{processes} processes, {len(rows)} calls, {refused} refused, ${spent} of ${CAP_USD} in {took_s:.0f} s")
    if not LEAST_USED_USD <= spent <= CAP_USD or refused < processes:
        raise SystemExit("MISSED")


if __name__ == "__main__":
    main()
