"""How long whole processes take, next to the scripts that users would write instead. Run by hand:

    python tests/benchmarks/startup.py [RUNS]

Two commands of a row take turns, so that a busy machine slows both; compare the ratios, not the seconds.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TYPER = "import typer"
ANTHROPIC = """
import anthropic
client = anthropic.Anthropic(base_url="{url}", api_key="k")
client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{{"role": "user", "content": "hi"}}])
"""
OPENAI_CHAT = """
import openai
client = openai.OpenAI(base_url="{url}/v1", api_key="k")
client.chat.completions.create(model="gpt-6-luna", messages=[{{"role": "user", "content": "hi"}}])
"""
CLAUDE = ["ask", "-m", "claude-haiku-5-5", "--base-url", "{url}", "hi"]
GPT = ["ask", "-m", "gpt-6-luna", "--base-url", "{url}/v1", "hi"]
# What the script is, the script, the arguments of llmcli, the most that llmcli may take of the script's time.
ROWS = [
    ("import typer", TYPER, ["--help"], 1.8),
    ("import typer", TYPER, ["--version"], 1.8),
    ("import typer", TYPER, ["ask", "--help"], 1.8),
    ("import typer", TYPER, ["ask", "-m", "sim", "hi"], 4.0),
    ("anthropic, bare", ANTHROPIC, CLAUDE, 0.6),
    ("openai chat, bare", OPENAI_CHAT, GPT, 0.85),
]

MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-5-5",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
COMPLETION: dict[str, Any] = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-6-luna",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
TEXT = {"type": "output_text", "text": "hello", "annotations": []}
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "gpt-6-luna",
    "status": "completed",
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "output": [
        {"type": "message", "id": "m1", "role": "assistant", "status": "completed", "content": [TEXT]},
    ],
    "usage": {
        "input_tokens": 1,
        "output_tokens": 1,
        "total_tokens": 2,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    },
}
CHUNK = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-6-luna"}
EVENTS: dict[str, list[dict[str, Any]]] = {
    "messages": [
        {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hello"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ],
    "completions": [
        {**CHUNK, "choices": [{"index": 0, "delta": {"content": "hello"}, "finish_reason": None}]},
        {**CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {**CHUNK, "choices": [], "usage": COMPLETION["usage"]},
    ],
    "responses": [
        {"type": "response.created", "sequence_number": 0, "response": {**RESPONSE, "output": []}},
        {
            "type": "response.output_text.delta",
            "sequence_number": 1,
            "item_id": "m1",
            "output_index": 0,
            "content_index": 0,
            "delta": "hello",
            "logprobs": [],
        },
        {"type": "response.completed", "sequence_number": 2, "response": RESPONSE},
    ],
}
BODIES = {"messages": MESSAGE, "completions": COMPLETION, "responses": RESPONSE}


class Vendor(BaseHTTPRequestHandler):
    """Answers the three inference endpoints at once, streamed or whole."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        endpoint = self.path.partition("?")[0].rsplit("/", 1)[1]
        if request.get("stream"):
            kind, text = "text/event-stream", "".join(map(frame, EVENTS[endpoint]))
            text += "data: [DONE]\n\n" if endpoint == "completions" else ""
        else:
            kind, text = "application/json", json.dumps(BODIES[endpoint])
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def frame(event: dict[str, Any]) -> str:
    """One server-sent event."""
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n"


def environment(home: str) -> dict[str, str]:
    """The environment without the user's own settings; keys are there, since `ask` insists on one."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LLMCLI_", "ANTHROPIC_", "OPENAI_"))}
    places = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), home)
    return {**kept, **places, "PYTHONPATH": str(ROOT), "ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}


def seconds(command: list[str], home: str, expected: str = "") -> float:
    """The wall time of one process. Exits if that fails or lacks the text expected: no answer is no good time."""
    started = time.perf_counter()
    done = subprocess.run(
        command, env=environment(home), cwd=home, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    elapsed = time.perf_counter() - started
    if done.returncode != 0 or expected not in done.stdout.decode():
        raise SystemExit(f"{command[1:]} failed:\n{done.stderr.decode()}")
    return elapsed


def compare(bare: list[str], ours: list[str], runs: int, home: str, expected: str) -> tuple[float, float]:
    """Medians in seconds of two commands that take turns, after one run each to fill the file caches."""
    pairs = [(seconds(bare, home), seconds(ours, home, expected)) for _ in range(runs + 1)][1:]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def main() -> None:
    runs = max(7, int(sys.argv[1]) if len(sys.argv) > 1 else 9)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    print(f"{'script':<18} {'s':>6}  {'llmcli':<34} {'s':>6} {'ratio':>6} {'target':>6}")
    with tempfile.TemporaryDirectory() as home:
        for label, script, arguments, target in ROWS:
            bare = [sys.executable, "-c", script.format(url=url)]
            ours = [sys.executable, "-m", "llmcli", *(argument.format(url=url) for argument in arguments)]
            script_s, ours_s = compare(bare, ours, runs, home, "hello" if "--base-url" in arguments else "")
            shown = " ".join(a for a in arguments if not a.startswith(("{url}", "--base-url")))
            ratio = ours_s / script_s
            verdict = "" if ratio <= target else "  MISSED"
            print(f"{label:<18} {script_s:6.3f}  {shown:<34} {ours_s:6.3f} {ratio:6.2f} {target:6.2f}{verdict}")


if __name__ == "__main__":
    main()
