# SPDX-License-Identifier: Apache-2.0
"""One run that left several logs is one run.

Two loggers write it twice, and Hugging Face saves the log so far in every checkpoint: a history is a
copy when each of its curves is the beginning of the same curve in another history.
"""

from collections.abc import Sequence
from struct import pack

from goodfit.values import Curve, History


def without_copies(histories: Sequence[History]) -> tuple[History, ...]:
    """Leave out histories that another one contains; of equal ones the first stays."""
    longest_first = sorted(range(len(histories)), key=lambda at: -_points(histories[at]))
    kept: list[int] = []
    for at in longest_first:
        if not any(_contains(histories[other], histories[at]) for other in kept):
            kept.append(at)
    return tuple(histories[at] for at in sorted(kept))


def _points(history: History) -> int:
    return sum(map(len, history.curves.values()))


def _contains(whole: History, part: History) -> bool:
    return all(
        name in whole.curves and _begins(whole.curves[name], curve) for name, curve in part.curves.items()
    )


def _begins(whole: Curve, part: Curve) -> bool:
    n = len(part)
    return whole.x[:n] == part.x and _bits(whole.values[:n]) == _bits(part.values)


def _bits(values: Sequence[float]) -> bytes:
    """The values' bits, so that a NaN equals a NaN."""
    return pack(f"{len(values)}d", *values)
