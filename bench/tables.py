"""Markdown tables, and figures as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are figures."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def count(value: float | None) -> str:
    """Something per second: 1.68 M, 177 k, 512."""
    if value is None:
        return "–"
    if value >= 999_500:
        return f"{value / 1e6:.2f} M"
    return f"{value / 1e3:.3g} k" if value >= 9_950 else f"{value:,.0f}"


def plain(value: float | None, unit: str = "") -> str:
    """Three digits."""
    if value is None:
        return "–"
    shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{shown} {unit}".strip()


def ratio(value: float | None, base: float | None) -> str:
    """How many times `base` a value is."""
    return f"{value / base:.2g}x" if value is not None and base else "–"
