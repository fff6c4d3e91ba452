# SPDX-License-Identifier: Apache-2.0
"""How an experiment goes on, told on stderr: a bar on a terminal, plain lines elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from goodfit.training import Epoch
from goodfit.values import Run

NOW_AND_THEN = 30.0  # seconds between two lines where nobody sees a bar
CLOSE = 90.0  # seconds; below, minutes would say too little


class Teller:
    """Prints what the flow lets it hear.

    Args:
        console: on stderr, so that results can be piped.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._said = time.monotonic()
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[news]}", markup=False),
            TimeElapsedColumn(),
        )
        self.bars = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.bar: TaskID | None = None

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def stage(self, what: str) -> None:
        """Name a new part of the story."""
        self.console.print(what, style="bold", soft_wrap=True)
        if self.bar is None:
            self.bar = self.bars.add_task("", total=None, news="")

    def epoch(self, done: int, planned: int, measured: Epoch) -> None:
        """Move the bar of the user's own run."""
        if self.bar is not None:
            news = f"epoch {done}/{planned}  validation loss {measured.val_loss:.4g}"
            self.bars.update(self.bar, completed=done, total=planned, news=news)

    def run(self, what: str, run: Run) -> None:
        """Print a line for a finished training."""
        line = f"  {what}: validation loss {run.history.curves['val_loss'].values[run.best_epoch - 1]:.4g}"
        self.console.print(f"{line} at epoch {run.best_epoch} of {run.epochs}", soft_wrap=True)

    def progress(self, done: int, of: int, left: float | None) -> None:
        """Move the one bar over all trainings; without a terminal, a line now and then."""
        line = f"{done} of {of} trainings" + ("" if left is None else f", about {spelled(left)} left")
        if self.console.is_terminal:
            if self.bar is not None:
                self.bars.update(self.bar, completed=done, total=of, news=line)
        elif time.monotonic() - self._said >= NOW_AND_THEN:
            self._said = time.monotonic()
            self.console.print(f"  {line}", soft_wrap=True)

    def note(self, what: str) -> None:
        """Print something to know."""
        self.console.print(what, soft_wrap=True)


def spelled(seconds: float) -> str:
    """A time as one says it: 40 s, 3 min, 1 h 20 min; never more exact than it is known."""
    if seconds < CLOSE:
        return f"{max(5, round(seconds / 5) * 5)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004 - minutes of an hour
