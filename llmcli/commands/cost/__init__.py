"""What calls will cost, and did; by itself, what is left."""

from llmcli.commands.cost.estimate import estimate
from llmcli.commands.cost.log import log
from llmcli.commands.cost.overview import overview
from llmcli.commands.cost.prices import prices
from llmcli.commands.cost.prune import prune
from llmcli.commands.cost.report import report

BARE = overview
COMMANDS = (estimate, prices, report, log, prune)
