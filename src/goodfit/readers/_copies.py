# SPDX-License-Identifier: Apache-2.0
"""Runs that come again while a directory is read, without keeping the runs.

Two loggers write the same run into two folders, one by epoch and one by step, one rounded to 32 bits.
Of each run a few of its values are kept: a run whose curves are as long and have the same values at
these places is the same run. States that earlier checkpoints saved of a run are the beginning of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isclose, isnan
from pathlib import Path

from goodfit.readers._duplicates import without_copies
from goodfit.values import Curve, History

_SAMPLES = 8  # values kept of a curve
_CLOSE = 1e-6  # of what two loggers round away
_SHORTEST = 4  # values; shorter curves may be equal by chance
_STATE = "trainer_state.json"

Sample = tuple[float, ...]


@dataclass(slots=True)
class Copies:
    """What was read so far, in short."""

    _seen: dict[tuple[int, int, str], list[tuple[Sample, str, Path]]] = field(default_factory=dict)
    _folder: Path | None = None
    _states: list[History] = field(default_factory=list)  # of the one folder of checkpoints being read

    def original(self, path: Path, history: History) -> str | None:
        """The source of the run that this one repeats; "" for an earlier state of the run read last, None if it is new.

        Runs of one file are told apart by their names, however alike.
        """
        if path.name == _STATE and self._is_earlier_state(path, history):
            return ""
        train, val = history.train, history.val
        if val is None or train is None or min(len(train), len(val)) < _SHORTEST:
            return None
        sample = (*_sample(train), *_sample(val))
        keys = {(len(train), len(val), digits) for digits in _digits(val.values[-1])}
        alike = (each for key in keys for each in self._seen.get(key, ()))
        found = next((source for other, source, file in alike if file != path and _same(other, sample)), None)
        if found is None:
            for key in keys:
                self._seen.setdefault(key, []).append((sample, str(history.source), path))
        return found

    def _is_earlier_state(self, path: Path, history: History) -> bool:
        folder = path.parent.parent if path.parent.name.startswith("checkpoint-") else path.parent
        if folder != self._folder:
            self._folder, self._states = folder, []
        if self._states and len(without_copies([*self._states, history])) == len(self._states):
            return True
        self._states.append(history)
        return False


def _digits(value: float) -> set[str]:
    """The first digits of a value; two spellings where a value as close as copies are may have others."""
    return {f"{value * (1 + share):.6g}" for share in (-2 * _CLOSE, 2 * _CLOSE)}


def _sample(curve: Curve) -> Sample:
    last = len(curve) - 1
    return tuple(curve.values[round(last * at / (_SAMPLES - 1))] for at in range(_SAMPLES))


def _same(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(
        a == b or isclose(a, b, rel_tol=_CLOSE) or (isnan(a) and isnan(b))
        for a, b in zip(one, other, strict=True)
    )
