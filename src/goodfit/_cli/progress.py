# SPDX-License-Identifier: Apache-2.0
"""How an experiment goes on, told on stderr: a bar on a terminal, plain lines elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from goodfit.training import Epoch
from goodfit.values import Run


class Teller:
    """Prints what the flow lets it hear.

    Args:
        console: on stderr, so that results can be piped.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[news]}", markup=False),
            TimeElapsedColumn(),
        )
        self.progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.bar: TaskID | None = None

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def stage(self, what: str) -> None:
        """Name a new part of the story."""
        if self.bar is not None:
            self.progress.remove_task(self.bar)
        self.console.print(what, style="bold", soft_wrap=True)
        self.bar = self.progress.add_task("", total=None, news="")

    def epoch(self, done: int, planned: int, measured: Epoch) -> None:
        """Move the bar of the user's own run."""
        if self.bar is not None:
            news = f"epoch {done}/{planned}  validation loss {measured.val_loss:.4g}"
            self.progress.update(self.bar, completed=done, total=planned, news=news)

    def run(self, what: str, run: Run) -> None:
        """Print a line for a finished training."""
        line = f"  {what}: validation loss {run.history.curves['val_loss'].values[run.best_epoch - 1]:.4g}"
        self.console.print(f"{line} at epoch {run.best_epoch} of {run.epochs}", soft_wrap=True)
