# SPDX-License-Identifier: Apache-2.0
"""What one training scored on each example of a test set, as other tools write it; the names that columns go by."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodfit.errors import FormatError

Floats = NDArray[np.float64]
LOSSES = (
    "losses",
    "loss",
    "per_example",
    "per_example_loss",
    "per_example_losses",
    "test_losses",
    "test_loss",
    "nll",
)
SEEDS = ("seed", "seeds")
IDS = ("ids", "id", "example", "example_id", "index")
GROUPS = ("groups", "group", "group_id")
WHAT_TO_WRITE = (
    'write JSON such as {"losses": [0.31, 1.2, ...], "ids": ["a", "b", ...]}, one loss for each test example, '
    "or a CSV file with a column named loss"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExampleScores:
    """The losses of one training on each example of a test set; lower is better."""

    losses: Floats  # shape (examples,), in the loss's own unit; a NaN that was written stays NaN
    seed: int | None = None  # of the training, where the file says it
    ids: tuple[str, ...] | None = None  # one an example, each once; what the examples are known by
    groups: tuple[str, ...] | None = None  # one an example; equal ones are not independent of each other
    metrics: Mapping[str, float] = field(default_factory=dict)  # of the whole test set: {"accuracy": 0.93}
    source: str = ""  # the file

    def __len__(self) -> int:
        return len(self.losses)


def scores_of(
    losses: Any, source: str, *, seed: Any = None, columns: Mapping[str, Any] | None = None
) -> ExampleScores:
    """Check what a file holds of one training.

    Args:
        losses: one number an example.
        source: the file.
        seed: of the training; None: not said.
        columns: what else was written, by name: ids and groups, and metrics as one number or one an example.

    Raises:
        FormatError: a loss is missing or no number, or ids or groups do not fit the losses.
    """
    row = floats(losses, "the losses", source)
    if row.ndim != 1 or not row.size:
        raise FormatError(
            f"the losses of one training have the shape {row.shape}", where=source, todo=WHAT_TO_WRITE
        )
    others = dict(columns or {})
    ids, groups = (_labels(_taken(others, names), len(row), source, names[0]) for names in (IDS, GROUPS))
    if ids is not None and len(set(ids)) < len(ids):
        twice = Counter(ids).most_common(1)[0][0]
        raise FormatError(f"the id {twice!r} stands twice", where=source, todo="give each example one id")
    return ExampleScores(
        losses=row,
        seed=_whole(seed, source),
        ids=ids,
        groups=groups,
        metrics=_metrics(others, len(row)),
        source=source,
    )


def floats(values: Any, what: str, source: str) -> Floats:
    """Numbers as an array; true and false are none.

    Raises:
        FormatError: one of them is missing or no number, or rows differ in length.
    """
    if isinstance(values, list) and (bad := _bad_entry(values)) is not None:
        raise FormatError(
            f"entry {bad + 1} of {what} is {values[bad]!r}, no number", where=source, todo=WHAT_TO_WRITE
        )
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "fiu":
        raise FormatError(
            f"{what} are no row of numbers, or rows of different lengths", where=source, todo=WHAT_TO_WRITE
        )
    return array.astype(np.float64)


def named(columns: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """Which of the given names a column goes by, or None."""
    spelled = {name.strip().lower().replace(" ", "_").replace("-", "_"): name for name in columns}
    return next((spelled[name] for name in names if name in spelled), None)


def _taken(columns: dict[str, Any], names: Sequence[str]) -> Any:
    name = named(columns, names)
    return None if name is None else columns.pop(name)


def _bad_entry(values: list[Any]) -> int | None:
    for place, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int | float | list | np.number):
            return place
    return None


def _labels(values: Any, examples: int, source: str, what: str) -> tuple[str, ...] | None:
    if values is None:
        return None
    listed = values if isinstance(values, list) else np.asarray(values).tolist()
    if not isinstance(listed, list) or len(listed) != examples:
        found = len(listed) if isinstance(listed, list) else repr(listed)
        raise FormatError(
            f"{what}: {found} for {examples} losses", where=source, todo=f"give one of {what} for each loss"
        )
    return tuple(map(str, listed))


def _whole(seed: Any, source: str) -> int | None:
    if seed is None:
        return None
    try:
        number = nan if isinstance(seed, bool) else float(seed)
    except (TypeError, ValueError, OverflowError):
        number = nan
    if not number.is_integer():
        raise FormatError(
            f"the seed is {seed!r}, no whole number", where=source, todo="write the number of the seed"
        )
    return int(number)


def _metrics(columns: Mapping[str, Any], examples: int) -> dict[str, float]:
    """One number each, as it was written, or the mean over the examples; whatever else there is is passed over."""
    found = {}
    for name, value in columns.items():
        single = np.asarray(value) if isinstance(value, list | int | float | np.ndarray | np.number) else None
        if single is not None and single.dtype.kind in "fiub" and single.shape in ((), (examples,)):
            found[name.strip().lower()] = float(single.mean())
    return found
