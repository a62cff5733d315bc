"""What calls will cost, did cost, and may cost."""

from __future__ import annotations

from llmcli.commands.cost.estimate import estimate
from llmcli.commands.cost.prices import prices

COMMANDS = (estimate, prices)
