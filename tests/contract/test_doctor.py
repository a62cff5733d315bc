"""`llmcli doctor` at each provider's endpoint: it finds it well, with its key, and nothing is billed."""

from __future__ import annotations

from .bench import Bench
from .servers import Sim
from .vendors import Vendor


def test_a_provider_that_is_well(bench: Bench, sim: Sim, vendor: Vendor) -> None:
    done = bench.run_unchecked("doctor", vendor, "--json")
    found = {check["name"]: check for check in done.json["checks"]}
    assert done.code == 0, done.err
    assert found[f"endpoint {vendor.name}"]["detail"].endswith("and takes the key")
    assert found["clock"]["status"] == "ok"
    assert bench.rows() == []
    bench.check_no_leak(done.out + done.err)
