# SPDX-License-Identifier: Apache-2.0
"""Fewer points without losing a spike: every stretch of a long curve keeps its lowest and highest point."""

from collections.abc import Sequence
from math import isfinite


def thin(
    x: Sequence[float], values: Sequence[float], most: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """At most `most` points of a curve: first, last, and the lowest, highest and a non-finite point of each stretch."""
    count = len(x)
    if count <= most:
        return tuple(x), tuple(values)
    kept = {0, count - 1}
    stretches = max(1, (most - 2) // 3)
    for place in range(stretches):
        indices = range(place * count // stretches, (place + 1) * count // stretches)
        finite = [i for i in indices if isfinite(values[i])]
        if finite:
            kept |= {min(finite, key=values.__getitem__), max(finite, key=values.__getitem__)}
        if len(finite) < len(indices):
            kept.add(next(i for i in indices if not isfinite(values[i])))
    order = sorted(kept)
    return tuple(x[i] for i in order), tuple(values[i] for i in order)


def thin_rows(places: Sequence[float], most: int) -> tuple[float, ...]:
    """Every k-th of `places` so that at most `most` stay, the last one always among them."""
    if len(places) <= most:
        return tuple(places)
    step = -(-len(places) // (most - 1))
    kept = list(places[::step])
    return tuple(kept if kept[-1] == places[-1] else [*kept, places[-1]])
