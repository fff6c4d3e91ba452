# SPDX-License-Identifier: Apache-2.0
"""One run that left several logs is one run.

Two loggers write it twice, and Hugging Face saves the log so far in every checkpoint: a history is a
copy when each of its curves is the beginning of the same curve in another history. Lightning's CSV is read by
epoch and its event file by step; there the values alone say it, rounded to what an event file holds.
"""

from array import array
from collections.abc import Sequence

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
    if whole.axis is part.axis:
        return whole.x[:n] == part.x and _bits(whole.values[:n]) == _bits(part.values)
    return n == len(whole) >= _TELLING and _bits(whole.values, "f") == _bits(part.values, "f")


_TELLING = 3  # values that do not agree by chance


def _bits(values: Sequence[float], size: str = "d") -> bytes:
    """The values' bits, so that a NaN equals a NaN."""
    return array(size, values).tobytes()  # beyond the range of "f" it is infinite, as it is in an event file
