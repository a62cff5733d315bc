"""Which item may follow which in the Responses API: calls of functions, their outputs, and reasoning.

The sentences are the vendor's own, as quoted in public issues of 2025 and 2026.
"""

from __future__ import annotations

from llmcli.sim.checks import JsonObject
from llmcli.sim.openai.errors import invalid
from llmcli.sim.seal import unseal

REASONING_SEAL = "openai reasoning"
_ID_STARTS = {"message": "msg", "reasoning": "rs", "function_call": "fc"}


def check_items(body: JsonObject) -> None:
    """Raises the ApiError for the first item of the input that may not be there."""
    items = body.get("input")
    if not isinstance(items, list):
        return
    called: list[str] = []
    answered: set[str] = set()
    for index, item in enumerate(items):
        kind = item.get("type", "message")
        _check_id(item, kind, index)
        if kind == "item_reference":
            raise invalid(f"Item with id '{item['id']}' not found.", "input", status=404)
        if kind == "reasoning":
            _check_reasoning(item, items[index + 1 :], stored=body.get("store") is not False)
        elif kind == "function_call":
            called.append(item["call_id"])
        elif kind == "function_call_output":
            if item["call_id"] not in called:
                name = item["call_id"]
                raise invalid(f"No tool call found for function call output with call_id {name}.", "input")
            answered.add(item["call_id"])
    for name in called:
        if name not in answered:
            raise invalid(f"No tool output found for function call {name}.", "input")


def _check_id(item: JsonObject, kind: str, index: int) -> None:
    start = _ID_STARTS.get(kind)
    # A person's own message may have any id: only answers come from the vendor.
    if start is None or item.get("id") is None or item.get("role", "assistant") != "assistant":
        return
    if not item["id"].startswith(start):
        where = f"input[{index}].id"
        message = f"Invalid '{where}': '{item['id']}'. Expected an ID that begins with '{start}'."
        raise invalid(message, where, "invalid_value")


def _check_reasoning(item: JsonObject, following: list[JsonObject], *, stored: bool) -> None:
    name = item.get("id") or ""
    sealed = item.get("encrypted_content")
    if sealed and unseal(sealed, REASONING_SEAL) is None:
        raise invalid(
            f"The encrypted content for item {name} could not be verified. Reason: Encrypted content could not be"
            " decrypted or parsed.",
            code="invalid_encrypted_content",
        )
    if not sealed and not stored:
        raise invalid(
            f"Item with id '{name}' not found. Items are not persisted when `store` is set to false. Try again with"
            " `store` set to true, or remove this item from your input.",
            "input",
            status=404,
        )
    after = following[0] if following else {}
    of_model = after.get("type", "message") in ("function_call", "reasoning") or after.get("role") == "assistant"
    if not of_model:
        message = f"Item '{name}' of type 'reasoning' was provided without its required following item."
        raise invalid(message, "input")
