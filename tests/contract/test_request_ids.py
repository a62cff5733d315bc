"""Whatever is wrong with an answer, the ledger has the id by which the vendor finds the request."""

from __future__ import annotations

from .answers import event, head_events, sse_answer, whole_of
from .bench import Bench, result_of
from .servers import RawServer, http_answer
from .vendors import Vendor

ID = "req_0123"
HEADERS = {"request-id": ID, "x-request-id": ID}
FAILED = {"type": "error", "error": {"type": "server_error", "code": "server_error", "message": "no"}}


def test_a_request_keeps_its_id(bench: Bench, vendor: Vendor) -> None:
    answers = {
        "whole": ("ask", http_answer(200, whole_of(vendor, "yes"), HEADERS)),
        "refused": ("ask", http_answer(503, {"error": {"type": "api_error", "message": "no"}}, HEADERS)),
        "no answer": ("ask", http_answer(200, [], HEADERS)),
        "no JSON": ("ask", http_answer(200, b"<html>", HEADERS)),
        "no events": ("stream", sse_answer([], HEADERS)),
        "an event that is no JSON": ("stream", sse_answer([b"data: {\n\n"], HEADERS)),
        "an error as the only event": ("stream", sse_answer([event(FAILED)], HEADERS)),
        "cut after its text": ("stream", sse_answer(head_events(vendor, ["yes"]), HEADERS)),
    }
    for name, (command, answer) in answers.items():
        with RawServer(answer) as server:
            bench.point(vendor, server.root)
            done = bench.run(command, vendor, "hello", "--json", "--retries", "0")
        assert bench.rows()[-1]["request_id"] == ID, name
        assert (done.code == 0) == (name == "whole"), name
        assert result_of(command, done)["request_id"] == ID, name
