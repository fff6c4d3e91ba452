# SPDX-License-Identifier: Apache-2.0
"""Per-example losses in numpy's own files; nothing in them is unpickled."""

import io
import zipfile
from typing import Any

import numpy as np

from goodfit.errors import FormatError
from goodfit.readers._score_json import rows_of
from goodfit.readers._score_set import LOSSES, SEEDS, WHAT_TO_WRITE, ExampleScores, named, scores_of


def scores_of_arrays(raw: bytes, source: str) -> tuple[ExampleScores, ...]:
    """Read .npy or .npz.

    Raises:
        FormatError: it is broken, needs unpickling, or holds no losses.
    """
    try:
        loaded = np.load(io.BytesIO(raw), allow_pickle=False)
        arrays = {name: loaded[name] for name in loaded.files} if hasattr(loaded, "files") else {"": loaded}
    except (ValueError, OSError, EOFError, KeyError, MemoryError, zipfile.BadZipFile) as error:
        raise FormatError(
            f"the arrays cannot be read: {error}", where=source, todo="write them anew with numpy.save"
        ) from None
    name = next(iter(arrays)) if len(arrays) == 1 else named(arrays, LOSSES)
    if name is None:
        raise FormatError(
            f"no array is named {' or '.join(LOSSES)}; there are {', '.join(map(repr, arrays)) or 'none'}",
            where=source,
            todo=WHAT_TO_WRITE,
        )
    losses, seed_name = arrays[name], named(arrays, SEEDS)
    seeds = arrays[seed_name].reshape(-1).tolist() if seed_name is not None else None
    others: dict[str, Any] = {key: array for key, array in arrays.items() if key not in (name, seed_name)}
    if losses.ndim == 2:  # noqa: PLR2004 - rows and columns
        return rows_of(losses, seeds, source, others)
    seed = seeds[0] if seeds is not None and len(seeds) == 1 else seeds
    return (scores_of(losses, source, seed=seed, columns=others),)
