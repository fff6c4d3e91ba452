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
        begin, end = place * count // stretches, (place + 1) * count // stretches
        stretch = values[begin:end]
        if all(map(isfinite, stretch)):
            kept |= {begin + stretch.index(min(stretch)), begin + stretch.index(max(stretch))}
            continue
        finite = [value for value in stretch if isfinite(value)]
        if finite:
            kept |= {begin + stretch.index(min(finite)), begin + stretch.index(max(finite))}
        kept.add(begin + next(at for at, value in enumerate(stretch) if not isfinite(value)))
    order = sorted(kept)
    return tuple(x[i] for i in order), tuple(values[i] for i in order)


def thin_rows(places: Sequence[float], most: int) -> tuple[float, ...]:
    """Every k-th of `places` so that at most `most` stay, the last one always among them."""
    if len(places) <= most:
        return tuple(places)
    step = -(-len(places) // (most - 1))
    kept = list(places[::step])
    return tuple(kept if kept[-1] == places[-1] else [*kept, places[-1]])
