"""Spend by day and latencies as a picture."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcli.commands.cost.drawing import spending

if TYPE_CHECKING:
    from llmcli.ledger.group import Group

_FORMATS = (".svg", ".png")
_MOST_MODELS = 8
_CLASSES = 40


def check(path: Path) -> None:
    """Raise UsageError unless a picture can be drawn into a file of this name."""
    from importlib.util import find_spec

    from llmcli.errors import UsageError

    if path.suffix.lower() not in _FORMATS:
        raise UsageError(f'--plot "{path}" is neither .svg nor .png', hint="name the file report.svg")
    if find_spec("matplotlib") is None:
        raise UsageError("--plot needs matplotlib, which is not installed", hint="pip install 'llmcli[plot]'")


def plot(path: Path, groups: list[Group]) -> None:
    """Draw groups by model and day into a file. Raises UsageError if it cannot be written."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it warns of a home that it cannot write to
    import matplotlib
    from matplotlib.figure import Figure

    from llmcli.errors import UsageError
    from llmcli.files import write_atomic

    matplotlib.rcdefaults()  # it has read a matplotlibrc of the working directory, which may have LaTeX run
    figure = Figure(figsize=(10, 8), layout="constrained")
    above, below = figure.subplots(2, 1)
    _draw_spending(above, groups)
    _draw_latencies(below, groups)
    picture = BytesIO()
    figure.savefig(picture, format=path.suffix[1:].lower(), dpi=120)
    try:
        write_atomic(path, picture.getvalue())
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _draw_spending(axes: Any, groups: list[Group]) -> None:
    spent = spending(groups, _MOST_MODELS)
    places = range(len(spent.periods))
    reached = [0.0] * len(spent.periods)
    for model, of in spent.usd.items():
        heights = [float(of[period]) for period in spent.periods]
        axes.bar(places, heights, bottom=reached, width=0.85, label=model)
        reached = [below + height for below, height in zip(reached, heights, strict=True)]
    every = max(1, -(-len(spent.periods) // 12))
    axes.set_xticks(list(places)[::every], spent.periods[::every], rotation=30, ha="right")
    left_out = f" (without {spent.unknown_attempts:,} attempts of unknown price)" if spent.unknown_attempts else ""
    axes.set(title=f"Spend by {spent.unit} and model{left_out}", xlabel=spent.unit, ylabel=f"USD per {spent.unit}")
    axes.margins(x=0.01)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    if spent.usd:
        axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _draw_latencies(axes: Any, groups: list[Group]) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator

    from llmcli.ledger.group import total

    axes.set(title="Latency of attempts", xlabel="seconds (logarithmic)", ylabel="attempts")
    if not groups:
        return
    whole = total(groups)
    shown = (("latency", whole.latency_ms, "tab:blue"), ("time to first token", whole.ttft_ms, "tab:orange"))
    known = [(name, spread, colour) for name, spread, colour in shown if spread.count]
    if not known:
        return
    least = max(1, min(run[0] for _, spread, _ in known for run in spread.runs)) / 1000
    most = max(run[-1] for _, spread, _ in known for run in spread.runs) / 1000
    most = max(most, least * 1.01)
    edges = [least * (most / least) ** (number / _CLASSES) for number in range(_CLASSES + 1)]
    for name, spread, colour in known:
        p50, p95, p99 = ((spread.percentile(percent) or 0) / 1000 for percent in (50, 95, 99))
        label = f"{name}: p50 {p50:g} s, p95 {p95:g} s, p99 {p99:g} s"
        values = [min(max(value / 1000, edges[0]), edges[-1]) for run in spread.runs for value in run]
        axes.hist(values, bins=edges, alpha=0.6, color=colour, label=label)
        for mark, style in ((p50, "-"), (p95, "--"), (p99, ":")):
            axes.axvline(max(mark, least), color=colour, linestyle=style, linewidth=1.2)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.margins(y=0.3)  # room for the legend
    axes.legend(fontsize="small", loc="upper left")
