"""Where a contract test works: an isolated user whose providers are the test's servers, and what is left behind."""

from __future__ import annotations

import json
import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llmcli.errors import ExitCode

from ..helpers import Completed, RunLlmcli, ledger_rows
from .envelope import checked, results
from .vendors import KEY, VENDORS, Vendor

Row = dict[str, Any]


class Bench:
    """Runs commands against servers and reads what they leave behind."""

    def __init__(self, work: Path, config: Path, state: Path, run: RunLlmcli, sim_root: str) -> None:
        self.work = work
        self.config = config
        self.state = state
        self.usage_log = work / "usage.jsonl"
        self.mark = uuid.uuid4().hex
        """A word in each prompt, by which the log of a shared server tells our requests from others."""
        self._run = run
        self._roots = {vendor.name: sim_root for vendor in VENDORS}
        self._extra: dict[str, str] = {}
        self._write_config()

    def point(self, vendor: Vendor, root: str, extra: str = "") -> None:
        """Have the provider's requests go to `root`, such as http://127.0.0.1:1; `extra` is TOML for its table."""
        self._roots[vendor.name] = root
        self._extra[vendor.name] = extra
        self._write_config()

    def prompt(self, words: str = "") -> str:
        return f"{self.mark} {words}"

    def run(
        self, command: str, vendor: Vendor, prompt: str, *flags: str, env: Mapping[str, str] | None = None
    ) -> Completed:
        """Run the command in this process; nothing it leaves may hold a key, nothing it says a traceback."""
        done = self.run_unchecked(command, vendor, prompt, *flags, env=env)
        self.check_no_leak(done.out + done.err)
        return done

    def run_unchecked(
        self, command: str, vendor: Vendor, prompt: str, *flags: str, env: Mapping[str, str] | None = None
    ) -> Completed:
        """Run the command in this process, for tests that look themselves at what it says."""
        with warnings.catch_warnings():
            # Outside of pytest Python would print these on stderr.
            warnings.simplefilter("error", UserWarning)
            warnings.simplefilter("error", RuntimeWarning)
            return self._run(command, "-m", vendor.model, *flags, prompt, env=env)

    def check_no_leak(self, said: str) -> None:
        """Assert that no key is in what was said, nor in any file under our hands, and that no traceback was said."""
        assert "Traceback" not in said
        assert KEY.lower() not in said.lower()
        for file in [self.usage_log, *self.work.rglob("*"), *self.state.rglob("*")]:
            if file.is_file():
                assert KEY.lower().encode() not in file.read_bytes().lower(), f"the key is in {file}"

    def rows(self) -> list[Row]:
        """The ledger, oldest first."""
        return ledger_rows(self.state)

    def logged(self) -> list[Row]:
        """The usage log, a line an attempt."""
        lines = self.usage_log.read_text(encoding="utf-8").splitlines() if self.usage_log.exists() else []
        return [json.loads(line) for line in lines]

    def _write_config(self) -> None:
        tables = [
            f"usage_log = {json.dumps(str(self.usage_log))}",
            "[retry]\nbase_s = 0.01\ncap_s = 0.02",
            *(
                f"[providers.{vendor.name}]\nbase_url = {json.dumps(self._roots[vendor.name] + vendor.base_path)}\n"
                f"key_env = {json.dumps(vendor.key_variable)}\n{vendor.extra}{self._extra.get(vendor.name, '')}"
                for vendor in VENDORS
            ),
        ]
        self.config.write_text("\n".join(tables), encoding="utf-8")


def result_of(command: str, done: Completed) -> dict[str, Any]:
    """The envelope that `ask --json` or `stream --json` printed, checked."""
    return results(done.out)[-1] if command == "stream" else checked(done.out)


def check_stderr(done: Completed, code: ExitCode) -> str:
    """Assert that stderr is one line if the run failed, and nothing otherwise; returns the line."""
    assert done.code == code, done.err
    if code is ExitCode.OK:
        assert done.err == ""
        return ""
    assert done.err.startswith("llmcli: ")
    assert done.err.endswith("\n")
    line = done.err[:-1]
    assert line.isprintable()  # so it is one line, too
    return line
