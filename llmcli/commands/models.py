"""The models that can be named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.columns import aligned
from llmcli.commands.options import GeneralOptions, Json

if TYPE_CHECKING:
    from llmcli.app import App
    from llmcli.models import ModelInfo


def models(
    context: Context,
    general: GeneralOptions,
    provider: Annotated[str | None, Option("--provider", metavar="PROVIDER", help="Only this provider's.")] = None,
    json: Json = False,
) -> None:
    """The models that can be named, with window and prices."""
    app = begin(context, general)
    rows = [row for row in _rows(app) if provider in (None, row.provider)]
    if provider is not None and provider not in app.config.settings.providers:
        from llmcli.errors import ConfigError

        known = ", ".join(app.config.settings.providers)
        raise ConfigError(f'unknown provider "{provider}"', hint=f"configured: {known}")
    app.streams.write(_as_json(rows) if json else _as_table(rows))


def _rows(app: App) -> list[ModelInfo]:
    from llmcli.models import configured_models, known_models

    return [*known_models(), *configured_models(app.config)]


def _as_json(rows: list[ModelInfo]) -> str:
    from llmcli.render import to_json

    return "".join(
        to_json(
            {
                "name": row.name,
                "provider": row.provider,
                "context_window": row.context_window,
                "input_usd_per_mtok": None if row.input_usd is None else f"{row.input_usd:f}",
                "output_usd_per_mtok": None if row.output_usd is None else f"{row.output_usd:f}",
                "alias_of": row.alias_of,
            }
        )
        for row in rows
    )


def _as_table(rows: list[ModelInfo]) -> str:
    """Columns for people: name, provider, context window, USD per million tokens in and out."""
    lines = [("MODEL", "PROVIDER", "CONTEXT", "$/M IN", "$/M OUT")]
    for row in rows:
        window = "?" if row.context_window is None else f"{row.context_window:,}"
        lines.append((row.name, row.alias_of or row.provider, window, _usd(row.input_usd), _usd(row.output_usd)))
    return aligned(lines, left=2)


def _usd(price: object) -> str:
    return "?" if price is None else f"{price}"
