"""The options that only `extract` has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from typer import Option

from llmcli.choices import REPAIRS, Evidence, Mode


@dataclass(frozen=True)
class SchemaOptions:
    """What the data has to be."""

    HEADING: ClassVar[str] = "Schema"

    schema: Annotated[
        str | None,
        Option(
            "--schema",
            metavar="SPEC",
            help="A JSON Schema, its file, file.py:Model, or 'name, age int'.",
        ),
    ] = None
    schema_from_example: Annotated[
        Path | None,
        Option("--schema-from-example", metavar="FILE", help="A JSON value, or JSONL, to go by."),
    ] = None
    choice: Annotated[str | None, Option("--choice", metavar="A,B,…", help="Print one of these labels.")] = None
    choices: Annotated[str | None, Option("--choices", metavar="A,B,…", help="Print all labels that apply.")] = None


@dataclass(frozen=True)
class CheckedSchemaOptions(SchemaOptions):
    """The same, with what can be told of it."""

    check_schema: Annotated[bool, Option("--check-schema", help="Print what would be sent; send nothing.")] = False
    confidence: Annotated[bool, Option("--confidence", help="Say how sure the model is of its labels.")] = False


@dataclass(frozen=True)
class AskingOptions:
    """How the data is asked for."""

    HEADING: ClassVar[str] = "Extraction"

    mode: Annotated[Mode | None, Option("--mode", help="How to ask [the best that works].")] = None
    repair: Annotated[int, Option("--repair", min=0, metavar="N", help="Ask again for what does not fit.")] = REPAIRS


@dataclass(frozen=True)
class ExtractOptions(AskingOptions):
    """How the data is asked for, and what becomes of it."""

    keep_invalid: Annotated[
        Path | None, Option("--keep-invalid", metavar="FILE", help="Keep the last answer that did not fit.")
    ] = None
    many: Annotated[bool, Option("--many", help="Any number of records, one a line.")] = False
    key: Annotated[str | None, Option("--key", metavar="FIELD", help="Leave out records with a FIELD seen before.")] = (
        None
    )
    format: Annotated[Literal["json", "jsonl", "csv"] | None, Option("--format", help="Of many records [jsonl].")] = (
        None
    )
    chunk_tokens: Annotated[
        int | None, Option("--chunk-tokens", min=50, metavar="N", help="Read a document in chunks of N tokens.")
    ] = None
    evidence: Annotated[Evidence | None, Option("--evidence", help="Add the quote that it is from.")] = None
