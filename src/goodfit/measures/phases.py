# SPDX-License-Identifier: Apache-2.0
"""The timeline of a run: both losses fall, validation turns, the gap opens, validation far above training."""

from math import isfinite

import numpy as np

from goodfit.measures._interval import Floats
from goodfit.measures._shape import Shape, shape_of
from goodfit.measures.minimum import indistinct, onset, rise_after_minimum
from goodfit.values import Curve, History, Phase

BOTH_FALL = "both losses fall"
TURNS = "validation turns"
GAP_OPENS = "the gap opens"
FAR_ABOVE = "validation far above training"

# Validation is far above training when it is at least double: (validation - training) / |validation|.
_FAR = 0.5


def phases(history: History) -> tuple[Phase, ...]:
    """The four phases in order, each with the x at which it starts and ends, or None when not reached.

    Training and validation are compared by x. With one of them missing, `note` says what could not be seen.
    """
    train, val = history.train, history.val
    seen = shape_of(train) if train else None
    unseen = shape_of(val) if val else None
    if val is None or unseen is None:
        return _without_validation(seen)
    return (
        _both_fall(seen, unseen),
        _turns(val, unseen),
        _gap_opens(train, val, seen, unseen),
        _far_above(train, val, seen, unseen),
    )


def _without_validation(seen: Shape | None) -> tuple[Phase, ...]:
    note = "no validation curve: cannot be seen"
    names = (TURNS, GAP_OPENS, FAR_ABOVE)
    later = tuple(Phase(name=name, note=note) for name in names)
    if seen is None:
        return (Phase(name=BOTH_FALL, note="no curve: cannot be seen"), *later)
    fall = _falling(seen)
    start, end = fall or (None, None)
    return (Phase(name=BOTH_FALL, start=start, end=end, note="training only; no validation curve"), *later)


def _falling(shape: Shape) -> tuple[float, float] | None:
    """First x and x of the minimum, when the curve fell at all between them."""
    if shape.best == 0 or shape.minimum >= shape.start:
        return None
    return float(shape.x[0]), float(shape.x[shape.best])


def _both_fall(seen: Shape | None, unseen: Shape) -> Phase:
    falls = [_falling(unseen)] + ([_falling(seen)] if seen else [])
    note = "" if seen else "validation only; no training curve"
    if any(fall is None for fall in falls):
        return Phase(name=BOTH_FALL, note=note)
    known = [fall for fall in falls if fall is not None]
    return Phase(
        name=BOTH_FALL,
        start=max(start for start, _ in known),
        end=min(end for _, end in known),
        note=note,
    )


def _turns(val: Curve, unseen: Shape) -> Phase:
    """Validation turns where its minimum is, if it can be told that it rose afterwards."""
    if not rise_after_minimum(val).low > 0:
        first, last = indistinct(unseen)
        if unseen.best == unseen.n - 1 or last == unseen.n - 1:
            return Phase(name=TURNS)
        return Phase(name=TURNS, note=f"flat since {unseen.x[first]:g}")
    found = onset(val)
    note = f"between {found.low:g} and {found.high:g}" if isfinite(found.low) else ""
    return Phase(name=TURNS, start=found.epoch, end=found.epoch, note=note)


def _not_comparable(train: Curve | None, val: Curve) -> str:
    """Why the two curves have no gap; empty when they have one."""
    if train is None:
        return "no training curve: cannot be seen"
    return "" if train.metric == val.metric else f"{val.metric} and {train.metric} cannot be compared"


def _gap_opens(train: Curve | None, val: Curve, seen: Shape | None, unseen: Shape) -> Phase:
    """From the first x after which validation stays above training by more than the noise."""
    note = _not_comparable(train, val)
    if note or seen is None:
        return Phase(name=GAP_OPENS, note=note or "no finite training value: cannot be seen")
    error = np.hypot(seen.mean_error, unseen.mean_error)
    return _lasting(GAP_OPENS, unseen, _difference(seen, unseen), float(np.nan_to_num(error)))


def _far_above(train: Curve | None, val: Curve, seen: Shape | None, unseen: Shape) -> Phase:
    note = _not_comparable(train, val)
    if note or seen is None:
        return Phase(name=FAR_ABOVE, note=note or "no finite training value: cannot be seen")
    share = _difference(seen, unseen) - _FAR * np.abs(unseen.smooth)
    return _lasting(FAR_ABOVE, unseen, share, 0.0)


def _difference(seen: Shape, unseen: Shape) -> Floats:
    """Smoothed validation minus smoothed training at validation's x, training drawn straight in between."""
    return np.asarray(unseen.smooth - np.interp(unseen.x, seen.x, seen.smooth), dtype=np.float64)


def _lasting(name: str, unseen: Shape, excess: Floats, limit: float) -> Phase:
    """A phase from the first x after which `excess` stays above `limit` to the end of the run."""
    short = np.flatnonzero(excess <= limit)
    start = int(short[-1]) + 1 if len(short) else 0
    if start >= unseen.n:
        return Phase(name=name)
    return Phase(name=name, start=float(unseen.x[start]), end=float(unseen.x[-1]))
