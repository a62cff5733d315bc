"""What was spent: one row for every attempt that was sent to a provider, in SQLite.

A row is written before the attempt is sent and completed when it is over, so that a killed process leaves a
trace. It holds no prompt and no answer. Many processes may write at once.
"""

from llmcli.ledger.book import Ledger
from llmcli.ledger.caps import Cap, OverCapError, Total
from llmcli.ledger.entry import NO_CHARGE, Charge, Sent, Settled
from llmcli.ledger.schema import LEDGER_FILE

__all__ = ["LEDGER_FILE", "NO_CHARGE", "Cap", "Charge", "Ledger", "OverCapError", "Sent", "Settled", "Total"]
