"""What is told to `cost estimate` beside a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from typer import Option

from llmcli.choices import CacheTtl, Period
from llmcli.commands.options import Models


@dataclass(frozen=True)
class EstimateOptions:
    """What is to be estimated, and how often it happens."""

    HEADING: ClassVar[str] = "Estimate"

    models: Models = None
    input_tokens: Annotated[
        int | None, Option("--input-tokens", min=0, metavar="N", help="Sent in a call, instead of a prompt.")
    ] = None
    output_tokens: Annotated[
        int | None, Option("--output-tokens", min=0, metavar="N", help="Written in a call [at most --max-tokens].")
    ] = None
    max_tokens: Annotated[int | None, Option("--max-tokens", min=1, help="Longest answer [4096].")] = None
    rows: Annotated[
        str | None, Option("--rows", metavar="FILE", help="A call for each row, as llmcli batch reads it; - is stdin.")
    ] = None
    calls: Annotated[int, Option("--calls", min=1, metavar="N", help="How many calls, or how often all rows.")] = 1
    per: Annotated[Period | None, Option("--per", help="--calls in each of these.")] = None
    cache: Annotated[CacheTtl | None, Option("--cache", help="How long what calls share is cached [5m].")] = None
    cached_tokens: Annotated[
        int | None, Option("--cached-tokens", min=0, metavar="N", help="Shared by all calls [system text, files].")
    ] = None
