"""The lines of a batch's input file: whether they are as they must be, and the rows that they are.

The codes and sentences are those of recorded answers of the API (2025), but for `invalid_method`.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator

from llmcli.sim import body
from llmcli.sim.batch_runner import Row
from llmcli.sim.checks import JsonObject, Violation, anything, mapping, record, text
from llmcli.sim.openai.errors import from_violation
from llmcli.sim.openai.models import openai_model

CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
_NAMES = {CHAT: "Chat Completions", RESPONSES: "Responses"}
_MOST_ROWS = 50_000
_MOST_PROBLEMS = 100
_LONGEST_MESSAGE = 300  # of what is kept of a problem: ids may be of any length
_LINES_PER_TURN = 100
_FIELDS = {"custom_id": text(1), "method": text(), "url": text(), "body": mapping(anything)}
_LINE = record(_FIELDS)


class Lines:
    """An input file; `model` and `count` are known once `problems` was called."""

    def __init__(self, data: bytes, endpoint: str) -> None:
        self._data = data
        self._endpoint = endpoint
        self._seen: set[str] = set()
        self.model: str | None = None
        self.count = 0

    def rows(self) -> Iterator[Row]:
        """The rows, of a file without problems."""
        for line in io.BytesIO(self._data):
            found = body.parse(line)
            yield Row(found["custom_id"], found["body"])

    async def problems(self) -> list[JsonObject]:
        """What is wrong with lines, as the batch has it; others get their turn meanwhile."""
        problems: list[JsonObject] = []
        for number, line in enumerate(io.BytesIO(self._data), 1):
            if number > _MOST_ROWS:
                most = f"The batch input file contains more than {_MOST_ROWS} requests."
                return [problem("too_many_tasks", most)]
            code, message, param = self._problem(line) or ("", "", None)
            if code and len(problems) < _MOST_PROBLEMS:
                problems.append(problem(code, message, param, number))
            if number % _LINES_PER_TURN == 0:
                await asyncio.sleep(0)
            self.count = number
        return problems

    def _problem(self, line: bytes) -> tuple[str, str, str | None] | None:
        try:
            found = body.parse(line)
        except ValueError:
            return "invalid_json_line", "This line is not parseable as valid JSON.", None
        try:
            _LINE({name: found[name] for name in _FIELDS if name in found}, ())
        except Violation as violation:
            error = from_violation(violation).error
            return error["code"], error["message"], error["param"]
        name, method = found["custom_id"], found["method"]
        if method != "POST":
            return "invalid_method", f"The method '{method}' is not supported by the Batch API.", "method"
        if found["url"] != self._endpoint:
            return "invalid_url", "The URL provided for this request does not match the batch endpoint.", "url"
        if name in self._seen:
            return (
                "duplicate_custom_id",
                f"The custom_id '{name}' for this request is a duplicate of another request. The custom_id parameter"
                " must be unique for each request in a batch.",
                "custom_id",
            )
        self._seen.add(name)
        return self._problem_of_body(found["body"])

    def _problem_of_body(self, found: JsonObject) -> tuple[str, str, str | None] | None:
        model = found.get("model")
        if not isinstance(model, str):
            return "invalid_request", "Model parameter is required.", "body.model"
        if openai_model(model) is None:
            return "model_not_found", f"The provided model '{model}' is not supported by the Batch API.", "body.model"
        self.model = self.model or model
        if model != self.model:
            return (
                "mismatched_model",
                f"The model '{model}' for this request does not match the rest of the batch. Each batch must contain"
                " requests for a single model.",
                "body.model",
            )
        if self._endpoint == CHAT and "messages" not in found:
            return "invalid_request", "Messages parameter is required.", "body.messages"
        if found.get("stream"):
            message = f"{_NAMES[self._endpoint]}: Streaming is not supported in the Batch API."
            return "streaming_unsupported", message, "body.stream"
        return None


def problem(code: str, message: str, param: str | None = None, line: int | None = None) -> JsonObject:
    return {"code": code, "message": message[:_LONGEST_MESSAGE], "param": param, "line": line}
