# SPDX-License-Identifier: Apache-2.0
"""At which epochs evaluations took place when only their number is known.

Keras validates whenever (epoch + 1) is divisible by validation_freq. 3 values beside epochs 0..8 fit
k = 3 alone; 2 values beside 0..9 fit k = 4 and k = 5, and then the doubt is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from goodfit.readers._phrases import counted

_WIDEST = 1_000_000  # epochs between two evaluations; no training is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """The rows of the evaluations."""

    every: int  # epochs from one evaluation to the next
    rows: tuple[int, ...]
    others: tuple[int, ...] = ()  # other spacings that fit as well

    def note(self, name: str) -> str:
        """Say where the values were put, and whether that is certain."""
        placed = f"{name!r} has {counted(len(self.rows), 'value')}: taken as measured after every {self.every} epochs"
        if not self.others:
            return f"{placed}, the only even spacing that fits."
        return f"{placed}; a spacing of {self.others[0]} to {self.others[-1]} epochs would fit as well, so its epochs are uncertain."


def place_evaluations(count: int, epochs: Sequence[float | None]) -> Spacing | None:
    """Find the spacing that puts `count` evaluations into consecutive epochs (0-based numbers).

    Where several fit, the one that ends with the last epoch is preferred, else the widest.
    """
    first = epochs[0] if epochs else None
    if first is None or not float(first).is_integer() or not 0 < count < len(epochs):
        return None
    start, end = int(first), int(first) + len(epochs)
    if list(epochs) != list(range(start, end)):
        return None
    widest = end if count == 1 else (len(epochs) - 1) // (count - 1)
    spacings = range(2, min(widest, _WIDEST) + 1)
    fitting = [every for every in spacings if end // every - start // every == count]
    if not fitting:
        return None
    chosen = max([every for every in fitting if end % every == 0] or fitting)
    return Spacing(
        every=chosen,
        rows=tuple(epoch - start for epoch in range(start, end) if (epoch + 1) % chosen == 0),
        others=tuple(every for every in fitting if every != chosen),
    )
