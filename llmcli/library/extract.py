"""Text in, data that fits a schema out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeVar, overload

from llmcli.choices import REPAIRS, Mode

if TYPE_CHECKING:
    from typing import Unpack

    from pydantic import BaseModel

    from llmcli.extract.asking import Asking
    from llmcli.extract.schema.user import UserSchema
    from llmcli.library.options import File, Options
    from llmcli.library.run import Run
    from llmcli.messages import Request
    from llmcli.models import Route
    from llmcli.render import Outcome

Model = TypeVar("Model", bound="BaseModel")


@overload
def extract(
    text: str,
    schema: type[Model],
    *,
    model: str | None = None,
    system: str | None = None,
    files: Sequence[File] = (),
    mode: Mode | None = None,
    repair: int = REPAIRS,
    **options: Unpack[Options],
) -> Model: ...
@overload
def extract(
    text: str,
    schema: str | PathLike[str] | Mapping[str, Any],
    *,
    model: str | None = None,
    system: str | None = None,
    files: Sequence[File] = (),
    mode: Mode | None = None,
    repair: int = REPAIRS,
    **options: Unpack[Options],
) -> Any: ...
def extract(
    text: str,
    schema: type[BaseModel] | str | PathLike[str] | Mapping[str, Any],
    *,
    model: str | None = None,
    system: str | None = None,
    files: Sequence[File] = (),
    mode: Mode | None = None,
    repair: int = REPAIRS,
    **options: Unpack[Options],
) -> Any:
    """Data from `text` and `files` that fits `schema`: a value as JSON has it, or an instance of a pydantic model.

    A schema is a pydantic model, a JSON Schema, or what `--schema` takes, such as 'name, age int'. What does not fit is
    asked for again, `repair` times. `mode` forces a way of asking. Otherwise as `ask`; raises InvalidOutputError, whose
    `answer` is the last one that did not fit.
    """
    from llmcli.library import slips
    from llmcli.library.data import instance_of, schema_of
    from llmcli.library.run import Run
    from llmcli.library.work import Work

    slips.one_of("mode", mode, Mode)
    slips.at_least(0, "repair", repair)
    run = Run.begin("extract", model, system, options)
    user = schema_of(schema)
    request = run.request(text, files)
    value = Work(lambda: run.closing(_extracted(run, user, request, mode, repair))).result()
    return instance_of(schema, value)


async def _extracted(run: Run, user: UserSchema, request: Request, mode: Mode | None, repair: int) -> Any:
    from llmcli.extractor import Extractor
    from llmcli.library.answer import answer_of

    extractor = Extractor(run.app, run.exchange, user, mode=mode, repairs=repair)
    found: list[Any] = []

    async def attempt(route: Route, asking: Asking) -> None:
        extractor.chunks(route, request)
        found.append(await asking.value(request))

    outcome: Outcome = await extractor.run(attempt)
    answer_of(run.exchange.revealed(outcome, as_json=False))
    return found[-1]
