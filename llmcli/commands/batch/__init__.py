"""Many prompts in, one result line each, resumable."""

from __future__ import annotations

from llmcli.commands.batch.group import BatchGroup
from llmcli.commands.batch.run import run
from llmcli.commands.batch.status import status

COMMANDS = (run, status)
GROUP = BatchGroup
