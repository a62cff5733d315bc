"""How long a report and a budget's check take on a ledger of a million attempts, and how much memory. Run by hand:

    python tests/benchmarks/ledger.py [ATTEMPTS]

Wall time counts what else the machine does; processor time next to it does not, or less.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from llmcli.budget import Budget  # noqa: E402
from llmcli.config.settings import BudgetSettings  # noqa: E402
from llmcli.ledger import LEDGER_FILE, Charge, Ledger, Sent, Settled  # noqa: E402
from llmcli.ledger.schema import open_ledger  # noqa: E402

DAYS = 90
MOST_MB = 100
MOST_S = 1.0
MOST_BEGIN_MS = 5.0
# Ten models, three commands, one in fifty refused; only streams have a time to first token.
FILL = """
WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < :count - 1),
drawn AS (
    SELECT i, abs(random()) % 50 > 0 AS ok, abs(random()) % 3 AS kind, abs(random()) % 30000 AS slow,
        abs(random()) % 10000 AS asked, abs(random()) % 2000 AS said, abs(random()) % 100000000000 AS pico
    FROM numbers
)
INSERT INTO attempts (
    call_id, attempt, time, command, provider, model, model_resolved, status, http_status, stop_reason, input_tokens,
    output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_basis, latency_ms, ttft_ms,
    request_id, tags, pid, cost_picousd, charge_picousd, charge_tokens
)
SELECT lower(hex(randomblob(16))), 1, :now - :span * (1 - i * 1.0 / :count),
    CASE kind WHEN 0 THEN 'ask' WHEN 1 THEN 'stream' ELSE 'chat' END,
    'anthropic', 'model-' || (abs(random()) % 10), iif(ok, 'model-x', NULL), iif(ok, 'ok', 'rate_limited'),
    iif(ok, NULL, 429), iif(ok, 'end_turn', NULL), iif(ok, asked, NULL), iif(ok, said, NULL), iif(ok, asked / 2, NULL),
    iif(ok, 0, NULL), iif(ok, 0, NULL), iif(ok, 'measured', 'unknown'), 200 + slow,
    iif(ok AND kind > 0, 100 + slow / 10, NULL), 'req_' || lower(hex(randomblob(12))), '{"team": "a"}', 1,
    iif(ok, pico, NULL), iif(ok, pico, 0), iif(ok, asked + said, 0)
FROM drawn
"""


def fill(path: Path, count: int) -> None:
    connection = open_ledger(path)
    values = {"count": count, "now": time.time(), "span": DAYS * 86_400}
    connection.execute(FILL, values)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def used(home: str, *arguments: str) -> tuple[float, float, float]:
    """Seconds of wall and of processor time, and the most memory in MB, of one process."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": home, "LLMCLI_STATE_DIR": home}
    started = time.perf_counter()
    command = [sys.executable, "-m", "llmcli", *arguments]
    process = subprocess.Popen(command, env=environ, cwd=home, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{arguments} failed")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def milliseconds(work: Callable[[], object], times: int = 200) -> float:
    """The median."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append(1000 * (time.perf_counter() - started))
    return statistics.median(found)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / LEDGER_FILE
        started = time.perf_counter()
        fill(path, count)
        print(
            f"{count:,} attempts written in {time.perf_counter() - started:.0f} s, {path.stat().st_size / 1e6:.0f} MB"
        )
        start_up = statistics.median(used(home, "cost", "report", "--since", "2100-01-01")[0] for _ in range(5))
        print(f"{'':<44} {'wall s':>7} {'after start-up':>15} {'CPU s':>7} {'MB':>5}")
        for by in ("model,day", "", "command,hour", "tag:team"):
            wall_s, cpu_s, mb = min(used(home, "cost", "report", "--by", by, "--format", "json") for _ in range(3))
            after_s = wall_s - start_up
            missed = "  MISSED" if by == "model,day" and (after_s > MOST_S or mb > MOST_MB) else ""
            print(f"{f'cost report --by {by!r}':<44} {wall_s:7.2f} {after_s:15.2f} {cpu_s:7.2f} {mb:5.0f}{missed}")
        for arguments in (("cost",), ("cost", "log", "--limit", "100")):
            wall_s, cpu_s, mb = min(used(home, *arguments) for _ in range(3))
            print(f"{' '.join(arguments):<44} {wall_s:7.2f} {wall_s - start_up:15.2f} {cpu_s:7.2f} {mb:5.0f}")
        ledger = Ledger(Path(home), print)
        caps = Budget(BudgetSettings(daily_usd=Decimal(10**9), monthly_usd=Decimal(10**9)))
        charge = Charge(Decimal("0.01"), 1000)

        def sent() -> Sent:
            return Sent("c", 1, "ask", "anthropic", "model-1")

        ledger.begin(sent(), charge, caps.caps(sent()))
        begin_ms = milliseconds(lambda: ledger.begin(sent(), charge, caps.caps(sent())))
        both_ms = milliseconds(lambda: ledger.settle(ledger.begin(sent(), charge), sent(), Settled("ok")))
        missed = "  MISSED" if begin_ms > MOST_BEGIN_MS else ""
        print(f"begin under a daily and a monthly cap: {begin_ms:.2f} ms{missed}; begin and settle: {both_ms:.2f} ms")
        ledger.close()


if __name__ == "__main__":
    main()
