"""The offline simulator of both vendors' APIs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from typer import Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.options import GeneralOptions


@dataclass(frozen=True)
class SimOptions:
    """How the simulator is to behave."""

    HEADING: ClassVar[str] = "Server"

    port: Annotated[int, Option("--port", min=0, max=65535, metavar="N", help="0 takes a free one.")] = 0
    fault: Annotated[
        list[str] | None, Option("--fault", metavar="KIND[:PROBABILITY]", help="Such as 429:0.3 or drop-midstream.")
    ] = None
    faults: Annotated[Path | None, Option("--faults", metavar="FILE", help="TOML with [[fault]] tables.")] = None
    latency: Annotated[str, Option("--latency", metavar="TIME", help="Before each answer, such as 200ms.")] = "0"
    tokens_per_second: Annotated[
        float | None, Option("--tokens-per-second", min=0.001, metavar="X", help="How fast streams are written.")
    ] = None
    rate_limit: Annotated[
        int | None, Option("--rate-limit", min=1, metavar="N", help="Requests a minute; 429 above.")
    ] = None
    api_key: Annotated[
        str | None, Option("--api-key", metavar="KEY", help="The only right key of this test server.")
    ] = None
    seed: Annotated[int | None, Option("--seed", metavar="N", help="Makes what is drawn by chance repeatable.")] = None
    log: Annotated[Path | None, Option("--log", metavar="FILE", help="One JSON line a request.")] = None


def serve(context: Context, options: SimOptions, general: GeneralOptions) -> None:
    """Speak the Anthropic and OpenAI protocols on 127.0.0.1."""
    app = begin(context, general)
    from llmcli.durations import parse_duration_s
    from llmcli.sim.faults import parse_fault
    from llmcli.sim.faults_file import load_faults
    from llmcli.sim.server import ServerOptions, serve

    settings = ServerOptions(
        port=options.port,
        api_key=options.api_key,
        faults=tuple(parse_fault(text) for text in options.fault or []),
        faults_from_file=load_faults(options.faults) if options.faults else (),
        latency_s=parse_duration_s(options.latency),
        tokens_per_second=options.tokens_per_second,
        rate_limit_rpm=options.rate_limit,
        seed=options.seed,
        log=options.log,
    )
    app.run(serve(settings, lambda chosen: app.streams.write(f"{chosen}\n")))


COMMANDS = (serve,)
