"""The two pictures of RESULTS.md in one SVG: deliveries at saturation, and latency at fixed rates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.book import Book
from bench.suites import transport

# The same text and the same ids in every run, so that a new run changes only what it measured.
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "standin", "font.size": 9})


def draw(book: Book, path: Path) -> None:
    """Write the pictures to `path`."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _saturation(book, left)
    _latency(book, right)
    for axes in (left, right):
        if axes.lines or axes.patches:
            axes.legend(fontsize=7)
    figure.savefig(path, metadata={"Date": None})


def _saturation(book: Book, axes: Any) -> None:
    servers, loads = book.servers(transport.SATURATION), book.loads(transport.SATURATION)
    height = 0.8 / max(len(servers), 1)
    for number, server in enumerate(servers):
        rates = [book.median(transport.SATURATION, load, server, "rate") or 0 for load in loads]
        places = [index - 0.4 + height * (number + 0.5) for index in range(len(loads))]
        axes.barh(places, rates, height * 0.9, label=server)
    axes.set(xscale="log", xlabel="deliveries per second at saturation", yticks=range(len(loads)), yticklabels=loads)
    axes.invert_yaxis()


def _latency(book: Book, axes: Any) -> None:
    for server in book.servers(transport.OPEN_LOOP):
        rates = [rate for rates in transport.OFFERED.values() for rate in rates]
        points = [
            (rate, book.median(transport.OPEN_LOOP, transport.offered(rate), server, "p99")) for rate in set(rates)
        ]
        known = sorted((rate, p99) for rate, p99 in points if p99 is not None)
        axes.plot([rate for rate, _ in known], [p99 for _, p99 in known], marker="o", label=server)
    axes.axhline(50, color="gray", linestyle=":", linewidth=1, label="50 ms")
    axes.set(xscale="log", yscale="log", xlabel="deliveries per second offered, 1,000 in a room", ylabel="p99, ms")
