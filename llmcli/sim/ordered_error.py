"""The errors that people order, with the headers they order."""

from __future__ import annotations

from llmcli.sim.faults import STATUS, Fault
from llmcli.sim.retry_headers import retry_after_value
from llmcli.sim.wire import ApiError, Trouble, Vendor


def ordered_error(vendor: Vendor, fault: Fault) -> ApiError:
    """The error that a fault orders, in the vendor's words."""
    if fault.kind == STATUS:
        trouble = Trouble(fault.status, message=fault.message)
    elif fault.kind == "quota":
        trouble = Trouble(429, "quota", fault.argument, fault.message)
    else:
        trouble = Trouble(vendor.OVERLOADED_STATUS, word=fault.argument, message=fault.message)
    error = vendor.trouble(trouble)
    if fault.retry_after is not None:
        error.headers["retry-after"] = retry_after_value(fault.retry_after)
    if fault.retry_after_ms is not None:
        error.headers["retry-after-ms"] = str(fault.retry_after_ms)
    if fault.x_should_retry is not None:
        error.headers["x-should-retry"] = fault.x_should_retry
    return error
