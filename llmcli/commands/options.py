"""Every shared option, declared once.

A group is a dataclass whose fields are options; a command takes groups as parameters (see flattened.py). A field
that is named like a setting overrides that setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import Argument, Option

from llmcli.choices import CacheTtl, Effort

if TYPE_CHECKING:
    pass

Prompt = Annotated[
    list[str] | None, Argument(metavar="[PROMPT]...", help="The prompt; words are joined. - means stdin.")
]
Json = Annotated[bool, Option("--json", help="Print JSON, one object a line.")]
Model = Annotated[str | None, Option("-m", "--model", metavar="MODEL", help="See llmcli models.")]
Models = Annotated[
    list[str] | None, Option("-m", "--model", metavar="MODEL", help="Several times to compare. See llmcli models.")
]
Raw = Annotated[bool, Option("--raw", help="Leave control characters as they are at a terminal.")]


def _seconds(flag: str, text: str) -> Any:
    return Option(flag, metavar="SECONDS", help=f"{text} (30, 1.5s, 200ms, 2m).")


@dataclass(frozen=True)
class ContentOptions:
    """What is sent with every request."""

    file: Annotated[
        list[str] | None, Option("-f", "--file", metavar="PATH|URL", help="Attach a text file; - is stdin.")
    ] = None
    system: Annotated[
        str | None, Option("-s", "--system", metavar="TEXT|@PATH", help="System text; @@ for a leading @.")
    ] = None
    by_url: Annotated[bool, Option("--by-url", help="Attach images by their URL instead of their bytes.")] = False
    image_max_px: Annotated[
        int | None, Option("--image-max-px", min=1, metavar="N", help="Downsize larger images.")
    ] = None
    redact_kinds: Annotated[
        str | None, Option("--redact", metavar="KINDS", help="Hide email,phone,card,iban,ip,secret or all.")
    ] = None
    max_input_tokens: Annotated[int | None, Option("--max-input-tokens", min=1, metavar="N", help="Longest input.")] = (
        None
    )
    on_overflow: Annotated[
        Literal["fail", "head", "tail", "middle"], Option("--on-overflow", help="What is kept of longer input.")
    ] = "fail"


@dataclass(frozen=True)
class InputOptions(ContentOptions):
    """What is asked."""

    stdin: Annotated[Literal["auto", "require", "never"] | None, Option("--stdin", help="Whether stdin is read.")] = (
        None
    )
    no_stdin: Annotated[bool, Option("-n", "--no-stdin", help="Do not read stdin: for `while read` loops.")] = False
    stdin_as: Annotated[
        Literal["append", "prepend", "fence"] | None, Option("--stdin-as", help="Where stdin goes in the prompt.")
    ] = None
    redact_report: Annotated[bool, Option("--redact-report", help="Count on stderr what was hidden.")] = False
    redact_only: Annotated[bool, Option("--redact-only", help="Print what would be sent; send nothing.")] = False


@dataclass(frozen=True)
class ModelOptions:
    """Who answers, and how."""

    model: Model = None
    max_tokens: Annotated[int | None, Option("--max-tokens", min=1, help="Longest answer [4096].")] = None
    temperature: Annotated[float | None, Option("--temperature", help="Sent only if given.")] = None
    top_p: Annotated[float | None, Option("--top-p", help="Sent only if given.")] = None
    top_k: Annotated[int | None, Option("--top-k", help="Sent only if given.")] = None
    stop: Annotated[list[str] | None, Option("--stop", metavar="TEXT", help="Stop before TEXT.")] = None
    user_id: Annotated[str | None, Option("--user-id", help="Your user, for the provider's abuse checks.")] = None
    seed: Annotated[int | None, Option("--seed", help="For repeatable sampling, where there is one.")] = None
    service_tier: Annotated[str | None, Option("--service-tier", metavar="TIER", help="As the provider names it.")] = (
        None
    )
    effort: Annotated[Effort | None, Option("--effort", help="How hard to think.")] = None
    thinking_budget: Annotated[
        int | None, Option("--thinking-budget", metavar="TOKENS", help="Most tokens to think with, at least 1024.")
    ] = None
    show_reasoning: Annotated[bool, Option("--show-reasoning", help="Print the reasoning on stderr.")] = False
    cache: Annotated[CacheTtl | None, Option("--cache", help="Have system text and files cached so long.")] = None
    json_object: Annotated[bool, Option("--json-object", help="Ask for a JSON object, and check it.")] = False
    option: Annotated[
        list[str] | None, Option("--option", metavar="KEY=JSON", help="Any other parameter of the provider.")
    ] = None
    header: Annotated[list[str] | None, Option("--header", metavar="KEY=VALUE", help="Any HTTP header.")] = None


@dataclass(frozen=True)
class CallOptions:
    """How patiently, and where else."""

    timeout_s: Annotated[str | None, _seconds("--timeout", "Longest time for one attempt")] = None
    idle_timeout_s: Annotated[str | None, _seconds("--idle-timeout", "Longest time between tokens")] = None
    deadline_s: Annotated[str | None, _seconds("--deadline", "Longest time for the whole command")] = None
    retries: Annotated[int | None, Option("--retries", min=0, help="Attempts after the first [3].")] = None
    fallback: Annotated[
        list[str] | None, Option("--fallback", metavar="MODEL", help="Try next if the model is unavailable.")
    ] = None
    base_url: Annotated[str | None, Option("--base-url", metavar="URL", help="Where the API is.")] = None
    tag: Annotated[list[str] | None, Option("--tag", metavar="KEY=VALUE", help="Label the call's cost.")] = None
    max_cost_usd: Annotated[
        str | None, Option("--max-cost", metavar="USD", help="Most that this command may spend.")
    ] = None
    budget_warn: Annotated[
        str | None, Option("--budget-warn", metavar="PERCENT", help="Say when so much is spent.")
    ] = None
    allow_unknown_price: Annotated[
        bool, Option("--allow-unknown-price", help="Call models without a price despite a budget.")
    ] = False


@dataclass(frozen=True)
class StreamOptions:
    """What only a streamed answer has."""

    first_token_timeout_s: Annotated[
        str | None, _seconds("--first-token-timeout", "Longest time to the first token")
    ] = None


@dataclass(frozen=True)
class ToolOptions:
    """What the model may have called."""

    tool: Annotated[
        list[str] | None, Option("--tool", metavar="SPEC", help="A JSON or TOML file, or file.py:function.")
    ] = None
    tool_choice: Annotated[
        str | None, Option("--tool-choice", metavar="auto|any|none|NAME", help="Which tool is to be called.")
    ] = None
    max_rounds: Annotated[int, Option("--max-rounds", min=0, metavar="N", help="Most rounds of calls.")] = 8
    tool_timeout: Annotated[str, _seconds("--tool-timeout", "Longest time for one call")] = "60"
    yes: Annotated[bool, Option("--yes", help="Run what tools name without asking.")] = False


@dataclass(frozen=True)
class DeliveryOptions:
    """How what came is printed, and where."""

    json: Json = False
    output: Annotated[Path | None, Option("-o", "--output", metavar="FILE", help="Write there, only on success.")] = (
        None
    )
    meta_fd: Annotated[
        int | None, Option("--meta-fd", metavar="N", help="Write the envelope without text to descriptor N.")
    ] = None
    meta_file: Annotated[
        Path | None, Option("--meta-file", metavar="FILE", help="Write the envelope without text to FILE.")
    ] = None
    raw: Raw = False
    print_request: Annotated[
        Literal["json", "curl"] | None, Option("--print-request", help="Show the request; send nothing.")
    ] = None


@dataclass(frozen=True)
class OutputOptions(DeliveryOptions):
    """What of an answer is printed, and where."""

    code: Annotated[bool, Option("-x", "--code", help="Print the first code block alone.")] = False


@dataclass(frozen=True)
class GeneralOptions:
    """What every command takes."""

    profile: Annotated[str | None, Option("--profile", metavar="PROFILE", help="Settings from [profiles.PROFILE].")] = (
        None
    )
    verbose: Annotated[int, Option("-v", "--verbose", count=True, help="Say more on stderr; -vv for tracebacks.")] = 0
    quiet: Annotated[bool, Option("-q", "--quiet", help="Say nothing but errors.")] = False
