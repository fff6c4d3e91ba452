# SPDX-License-Identifier: Apache-2.0
"""Simple rules to compare with, written from their documentation: what a few lines of code would say."""

from collections.abc import Callable, Sequence

import numpy as np
from drawn import Floats

THRESHOLD = 0.04  # tuned by others on the labelled simulated histories, where it reaches a macro-F1 of .988
GAP = 0.1  # default `ratio_threshold` of SageMaker Debugger's rule Overfit
PATIENCE = 10  # evaluations

Rule = Callable[[Floats, Floats], int | None]


def one_threshold(train: Floats, val: Floats) -> int | None:
    """The mean of the last three lies more than 4 % above the minimum; the onset is the minimum."""
    del train
    kept = np.where(np.isfinite(val), val, np.inf)
    lowest = int(np.argmin(kept))
    return lowest if float(np.mean(kept[-3:])) > (1 + THRESHOLD) * kept[lowest] else None


def gap(train: Floats, val: Floats) -> int | None:
    """Validation lies more than a tenth above training at one evaluation (patience 1); the onset is the first."""
    return _first((val - train) / train > GAP)


def up_while_down(train: Floats, val: Floats) -> int | None:
    """UMLAUT: from one epoch to the next validation went up and training did not; the onset is the first."""
    found = _first((np.diff(val) > 0) & (np.diff(train) <= 0))
    return None if found is None else found + 1


def early_stopping(train: Floats, val: Floats) -> int | None:
    """No new minimum for ten evaluations, at any time; the onset is the minimum so far."""
    del train
    best = 0
    for i in range(len(val)):
        if val[i] < val[best]:
            best = i
        elif i - best >= PATIENCE:
            return best
    return None


def _first(where: Sequence[bool] | np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int | None:
    places = np.flatnonzero(where)
    return int(places[0]) if len(places) else None


BASELINES: dict[str, Rule] = {
    "rule: last three > 4 % above the minimum": one_threshold,
    "rule: gap > 10 % (SageMaker Debugger's Overfit)": gap,
    "rule: validation up, training not (UMLAUT's)": up_while_down,
    "rule: early stopping, patience 10, fired": early_stopping,
}
