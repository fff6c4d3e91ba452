# SPDX-License-Identifier: Apache-2.0
"""How far trainings are, told from whichever process trains them: a file each in a folder, a line an epoch.

Whoever watches reads the files; whoever trains only appends. A folder that this machine does not have, as on a
cluster, costs the training nothing: there is no news then.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from goodfit.training import Epoch, OnEpoch


@dataclass(frozen=True, slots=True)
class News:
    """The last that was heard of a training."""

    epoch: int
    planned: int
    best_epoch: int
    best: float  # lowest validation loss so far


def telling(folder: str | None, mark: str) -> OnEpoch | None:
    """What writes the epochs of a training down; None where nobody listens."""
    if folder is None:
        return None
    file = Path(folder) / mark

    def tell(epoch: int, planned: int, measured: Epoch) -> None:
        with suppress(OSError), file.open("a", encoding="utf-8") as lines:
            lines.write(f"{epoch} {planned} {measured.val_loss!r}\n")

    return tell


def heard(folder: str, mark: str) -> News | None:
    """The last that was heard of a training; None: nothing yet."""
    try:
        lines = (Path(folder) / mark).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    news = None
    for line in lines:
        parts = line.split()
        try:
            epoch, planned, loss = int(parts[0]), int(parts[1]), float(parts[2])
        except (ValueError, IndexError):  # a line that is being written
            continue
        if news is None or loss < news.best:
            news = News(epoch, planned, epoch, loss)
        else:
            news = News(epoch, planned, news.best_epoch, news.best)
    return news


def both(one: OnEpoch | None, other: OnEpoch | None) -> OnEpoch | None:
    """Tell both, where there are two."""
    if one is None or other is None:
        return one or other
    first, second = one, other

    def tell(epoch: int, planned: int, measured: Epoch) -> None:
        first(epoch, planned, measured)
        second(epoch, planned, measured)

    return tell
