"""How the server starts and stops."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .helpers import Sim, ask, run

ANTHROPIC = "/v1/messages"


@pytest.mark.parametrize(
    ("sent", "code", "words"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_runs_until_a_signal(isolated: Path, sent: signal.Signals, code: int, words: str) -> None:
    """`sim serve` prints its port, serves, and ends by SIGTERM or SIGINT with the code for it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcli", "sim", "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    sim = Sim(int(process.stdout.readline()))
    assert sim.send(ANTHROPIC, ask()).status == 200
    process.send_signal(sent)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (code, "", f"llmcli: {words}\n")


def test_a_port_in_use_is_a_usage_error(sim: Sim) -> None:
    """Starting on a taken port says so and names it."""
    from llmcli.errors import UsageError
    from llmcli.sim.server import ServerOptions, serve

    with pytest.raises(UsageError, match=f"port {sim.port} is in use"):
        run(serve(ServerOptions(port=sim.port), lambda port: None))


def test_a_log_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    """A directory as log file is named before anything is served."""
    from llmcli.errors import UsageError
    from llmcli.sim.server import ServerOptions, build_app

    with pytest.raises(UsageError, match="cannot write log"):
        build_app(ServerOptions(log=tmp_path))


def test_only_loopback_is_served(sim: Sim) -> None:
    """The server listens on 127.0.0.1 and nowhere else."""
    wanted = f":{sim.port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = [fields[1] for fields in map(str.split, lines) if fields[3] == "0A" and fields[1].endswith(wanted)]
    assert listening == [f"0100007F{wanted}"]
