"""Text in, data that fits a schema out."""

from __future__ import annotations

from typer import Context

from llmcli.commands.begin import begin
from llmcli.commands.extract.options import CheckedSchemaOptions, ExtractOptions
from llmcli.commands.options import (
    CallOptions,
    DeliveryOptions,
    GeneralOptions,
    InputOptions,
    ModelOptions,
    Prompt,
)
from llmcli.errors import UsageError


def extract(
    context: Context,
    schema: CheckedSchemaOptions,
    extracting: ExtractOptions,
    inputs: InputOptions,
    model: ModelOptions,
    call: CallOptions,
    output: DeliveryOptions,
    general: GeneralOptions,
    prompt: Prompt = None,
) -> None:
    """Text in, data that fits a schema out, or nothing."""
    app = begin(context, general, inputs, model, call)
    from llmcli.commands.deliver import Delivery
    from llmcli.commands.extract.extraction import Extraction
    from llmcli.commands.extract.schema import report, schema_of

    delivery = Delivery(app.streams, output)
    app.deliver_failure = delivery.failure
    if schema.confidence and schema.choice is None and schema.choices is None:
        raise UsageError("--confidence without --choice", hint="it is told of labels")
    extraction = Extraction(app, schema_of(schema), extracting, inputs, call, output, confidence=schema.confidence)
    if schema.check_schema:
        app.streams.write(report(extraction.ways_of(app.routes()[0])))
        return
    extraction.run(prompt, model, delivery, label=schema.choice is not None)
