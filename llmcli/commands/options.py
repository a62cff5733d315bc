"""Every shared option, declared once.

A group is a dataclass whose fields are options; a command takes groups as parameters (see groups.py). HEADING is what
the help puts above them, but for an option with a heading of its own. A field that is named like a setting overrides
that setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from typer import Argument, Option

from llmcli.choices import CacheTtl, Effort, Overflow, RowFormat, StdinMode, StdinPlace

Prompt = Annotated[
    list[str] | None, Argument(metavar="[PROMPT]...", help="The prompt; words are joined. - means stdin.")
]
_OUTPUT = "Output"
_PROVIDER = "Provider"
_COST = "Cost"
Json = Annotated[bool, Option("--json", help="Print JSON, one object a line.", rich_help_panel=_OUTPUT)]
Model = Annotated[str | None, Option("-m", "--model", metavar="MODEL", help="See llmcli models.")]
Models = Annotated[
    list[str] | None, Option("-m", "--model", metavar="MODEL", help="Several times to compare. See llmcli models.")
]
Raw = Annotated[bool, Option("--raw", help="At a terminal, print control characters raw.", rich_help_panel=_OUTPUT)]


def _seconds(flag: str, text: str) -> Any:
    return Option(flag, metavar="TIME", help=f"{text}.")


def _passed_on(flag: str, metavar: str, text: str) -> Any:
    return Option(flag, metavar=metavar, help=text, rich_help_panel=_PROVIDER)


def _cost(flag: str, metavar: str | None, text: str) -> Any:
    return Option(flag, metavar=metavar, help=text, rich_help_panel=_COST)


@dataclass(frozen=True)
class ContentOptions:
    """What is sent with every request."""

    HEADING: ClassVar[str] = "Input"

    file: Annotated[
        list[str] | None, Option("-f", "--file", metavar="PATH|URL", help="Attach text, image or PDF; - is stdin.")
    ] = None
    system: Annotated[
        str | None, Option("-s", "--system", metavar="TEXT|@PATH", help="System text; @@ for a leading @.")
    ] = None
    by_url: Annotated[bool, Option("--by-url", help="Send the URLs of images, not their bytes.")] = False
    image_max_px: Annotated[
        int | None, Option("--image-max-px", min=1, metavar="N", help="Downsize larger images.")
    ] = None
    redact_kinds: Annotated[
        str | None, Option("--redact", metavar="KINDS", help="Hide email,phone,card,iban,ip,secret or all.")
    ] = None
    max_input_tokens: Annotated[
        int | None, Option("--max-input-tokens", min=1, metavar="N", help="Most tokens of input.")
    ] = None
    on_overflow: Annotated[Overflow, Option("--on-overflow", help="What to keep of more.")] = "fail"


@dataclass(frozen=True)
class InputOptions(ContentOptions):
    """What is asked."""

    stdin: Annotated[StdinMode | None, Option("--stdin", help="Whether stdin is read.")] = None
    no_stdin: Annotated[bool, Option("-n", "--no-stdin", help="Do not read stdin: for `while read` loops.")] = False
    stdin_as: Annotated[StdinPlace | None, Option("--stdin-as", help="Where stdin goes in the prompt.")] = None
    redact_report: Annotated[bool, Option("--redact-report", help="Count on stderr what was hidden.")] = False
    redact_only: Annotated[bool, Option("--redact-only", help="Print what would be sent; send nothing.")] = False


@dataclass(frozen=True)
class RowOptions:
    """How a file becomes rows."""

    HEADING: ClassVar[str] = "Rows"

    template: Annotated[
        str | None, Option("-p", "--prompt", metavar="TEXT", help="The prompt of a row: {field} is the row's.")
    ] = None
    format: Annotated[RowFormat, Option("--format", help="What the file is, if its name lies.")] = "auto"
    lines: Annotated[bool, Option("--lines", help="Each line is a prompt; with -p it is {line}.")] = False


@dataclass(frozen=True)
class ModelOptions:
    """Who answers, and how."""

    HEADING: ClassVar[str] = "Model"

    model: Model = None
    max_tokens: Annotated[
        int | None, Option("--max-tokens", min=1, metavar="N", help="Most tokens of an answer [4096].")
    ] = None
    temperature: Annotated[float | None, Option("--temperature", metavar="X", help="Sent only if given.")] = None
    top_p: Annotated[float | None, Option("--top-p", metavar="X", help="Sent only if given.")] = None
    top_k: Annotated[int | None, Option("--top-k", metavar="N", help="Sent only if given.")] = None
    stop: Annotated[list[str] | None, Option("--stop", metavar="TEXT", help="Stop before TEXT.")] = None
    seed: Annotated[int | None, Option("--seed", metavar="N", help="For repeatable sampling, where there is one.")] = (
        None
    )
    effort: Annotated[Effort | None, Option("--effort", help="How hard to think.")] = None
    thinking_budget: Annotated[
        int | None, Option("--thinking-budget", metavar="TOKENS", help="Most tokens to think with, at least 1024.")
    ] = None
    show_reasoning: Annotated[bool, Option("--show-reasoning", help="Print the reasoning on stderr.")] = False
    cache: Annotated[CacheTtl | None, Option("--cache", help="Have system text and files cached so long.")] = None
    json_object: Annotated[bool, Option("--json-object", help="Ask for a JSON object, and check it.")] = False
    user_id: Annotated[str | None, _passed_on("--user-id", "USER", "Your user, for the provider's abuse checks.")] = (
        None
    )
    service_tier: Annotated[str | None, _passed_on("--service-tier", "TIER", "As the provider names it.")] = None
    option: Annotated[list[str] | None, _passed_on("--option", "KEY=JSON", "Any other parameter of its API.")] = None
    header: Annotated[list[str] | None, _passed_on("--header", "KEY=VALUE", "Any HTTP header.")] = None


@dataclass(frozen=True)
class CallOptions:
    """How patiently, and where else."""

    HEADING: ClassVar[str] = "Time and retries"

    timeout_s: Annotated[str | None, _seconds("--timeout", "Longest for one attempt: 30, 200ms, 2m")] = None
    idle_timeout_s: Annotated[str | None, _seconds("--idle-timeout", "Longest between two tokens")] = None
    deadline_s: Annotated[str | None, _seconds("--deadline", "Longest for the whole command")] = None
    retries: Annotated[int | None, Option("--retries", min=0, metavar="N", help="Attempts after the first [3].")] = None
    fallback: Annotated[
        list[str] | None, Option("--fallback", metavar="MODEL", help="Try next if the model is unavailable.")
    ] = None
    base_url: Annotated[str | None, _passed_on("--base-url", "URL", "Where its API is.")] = None
    tag: Annotated[list[str] | None, _cost("--tag", "KEY=VALUE", "Label the call's cost.")] = None
    max_cost_usd: Annotated[str | None, _cost("--max-cost", "USD", "Most that this command may spend.")] = None
    budget_warn: Annotated[str | None, _cost("--budget-warn", "PERCENT", "Say when so much is spent.")] = None
    allow_unknown_price: Annotated[
        bool, _cost("--allow-unknown-price", None, "Under a budget, call models without a price.")
    ] = False


@dataclass(frozen=True)
class StreamOptions:
    """What only a streamed answer has."""

    HEADING: ClassVar[str] = "Time and retries"

    first_token_timeout_s: Annotated[str | None, _seconds("--first-token-timeout", "Longest to the first token")] = None


@dataclass(frozen=True)
class ToolOptions:
    """What the model may have called."""

    HEADING: ClassVar[str] = "Tools"

    tool: Annotated[
        list[str] | None, Option("--tool", metavar="SPEC", help="A JSON or TOML file, or file.py:function.")
    ] = None
    tool_choice: Annotated[
        str | None, Option("--tool-choice", metavar="auto|any|none|NAME", help="Which tool is to be called.")
    ] = None
    max_rounds: Annotated[int, Option("--max-rounds", min=0, metavar="N", help="Most rounds of calls.")] = 8
    tool_timeout: Annotated[str, _seconds("--tool-timeout", "Longest for one call")] = "60"
    yes: Annotated[bool, Option("--yes", help="Run what tools name without asking.")] = False


@dataclass(frozen=True)
class DeliveryOptions:
    """How what came is printed, and where."""

    HEADING: ClassVar[str] = _OUTPUT

    json: Json = False
    output: Annotated[Path | None, Option("-o", "--output", metavar="FILE", help="Write there, only on success.")] = (
        None
    )
    meta_fd: Annotated[int | None, Option("--meta-fd", metavar="N", help="Write the envelope without text there.")] = (
        None
    )
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

    HEADING: ClassVar[str] = "General"

    profile: Annotated[str | None, Option("--profile", metavar="PROFILE", help="Settings of [profiles.PROFILE].")] = (
        None
    )
    verbose: Annotated[
        int, Option("-v", "--verbose", count=True, show_default=False, help="Say more on stderr; -vv: tracebacks.")
    ] = 0
    quiet: Annotated[bool, Option("-q", "--quiet", help="Say nothing but errors.")] = False
