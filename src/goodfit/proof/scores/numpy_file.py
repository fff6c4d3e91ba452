# SPDX-License-Identifier: Apache-2.0
"""Scores as numpy arrays: shape (examples,), (seeds, examples), or an archive of one array a seed."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goodfit.errors import FormatError
from goodfit.proof.scores.table import ScoreTable, table_of

_MATRIX = 2  # dimensions


def read_numpy(file: Path) -> ScoreTable:
    """Read a .npy or .npz file; nothing in it is unpickled.

    Raises:
        FormatError: it is broken, holds objects, or arrays of another shape.
    """
    place = str(file)
    try:
        found = np.load(file, allow_pickle=False)
        arrays = {"": found} if isinstance(found, np.ndarray) else {name: found[name] for name in found.files}
    except (ValueError, EOFError, OSError, KeyError) as error:
        raise FormatError(f"not a numpy file of numbers: {error}", where=place, todo=_todo()) from None
    if len(arrays) == 1:
        array = _checked(next(iter(arrays.values())), place)
        if array.ndim == _MATRIX:
            return table_of(place, list(enumerate(array.tolist(), start=1)), numbered=True)
        return table_of(place, [(0, array.tolist())], numbered=True)
    rows = [(name, _checked(array, place)) for name, array in arrays.items()]
    if any(array.ndim != 1 for _, array in rows):
        raise FormatError("an archive of several arrays must hold one row a seed", where=place, todo=_todo())
    return table_of(place, [(name, array.tolist()) for name, array in rows])


def _checked(array: NDArray[np.generic], place: str) -> NDArray[np.float64]:
    if array.dtype.kind not in "fiu" or array.ndim not in (1, _MATRIX) or not array.size:
        raise FormatError(
            f"found an array of {array.dtype} with shape {array.shape}", where=place, todo=_todo()
        )
    return array.astype(np.float64)


def _todo() -> str:
    return "save numbers of shape (examples,) or (seeds, examples), or one such row a seed in an archive"
