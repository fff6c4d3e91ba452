# SPDX-License-Identifier: Apache-2.0
"""The arms of a search while it runs, on stderr: a live table on a terminal, a line for each arm elsewhere."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from goodfit.execution import Job, heard
from goodfit.report.study_rows import duration
from goodfit.report.words import number, plural, stages, went_on
from goodfit.surgery import planned_with
from goodfit.training.halting import is_asked
from goodfit.tuning import Most, SoFar
from goodfit.tuning.costs import most_ahead, shared
from goodfit.tuning.hearing import earlier_of
from goodfit.values import ArmEnd, RateStage, Run

A_SECOND = 4.0  # how often the table is drawn anew
DIGITS = 4
_WAITING, _TRAINING = "waiting", "training"
_STYLES = {
    _WAITING: "dim",
    _TRAINING: "cyan",
    str(ArmEnd.CUT): "yellow",
    str(ArmEnd.INTERRUPTED): "yellow",
    "diverged": "red",
    "not begun": "dim",
}


@dataclass(slots=True)
class _Row:
    """One arm, as far as is known."""

    value: float
    job: Job | None = None  # None: of the user's own run
    state: str = _WAITING
    epoch: int = 0
    planned: int = 0
    best_epoch: int = 0
    best: float | None = None
    earlier: tuple[RateStage, ...] = ()  # what its training begins with

    @property
    def trained(self) -> int:
        """Epochs trained for this arm: those that it shares were trained for the arm before."""
        return max(self.epoch - shared(self.earlier), 0)

    def listen(self) -> None:
        """Take over what its training has told."""
        if self.job is None or self.state not in (_WAITING, _TRAINING) or self.job.news is None:
            return
        news = heard(self.job.news, self.job.key()) or heard(self.job.news, self.job.key(stacked=True))
        if news is not None:
            self.state, self.epoch, self.planned = _TRAINING, news.epoch, news.planned
            self.best_epoch, self.best = news.best_epoch, news.best

    def take(self, run: Run, state: str) -> None:
        """Take over what came of it."""
        self.state, self.epoch, self.best_epoch, self.best = state, run.epochs, run.best_epoch, run.score
        self.planned = self.planned or run.history.context.epochs_planned or run.epochs


@dataclass(slots=True)
class ArmsTable:
    """Hears a search and shows its arms; to be used as a block.

    Args:
        console: on stderr, so that results can be piped.
        knob: what is turned.
    """

    console: Console
    knob: str
    _rows: dict[float, _Row] = field(default_factory=dict)
    _planned: int = 1
    _most: str = ""
    _began: float = field(default_factory=time.monotonic)
    _news: "TemporaryDirectory[str] | None" = None
    _live: Live | None = None

    @property
    def folder(self) -> str | None:
        """Where arms tell their epochs; only while somebody looks."""
        return None if self._news is None else self._news.name

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._news = TemporaryDirectory(prefix="goodfit-news-")
            self._live = Live(
                get_renderable=self.drawn,
                console=self.console,
                refresh_per_second=A_SECOND,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        if self._news is not None:
            self._news.cleanup()

    def start(self, so_far: SoFar, most: Most) -> None:
        """Show the user's own run as the first line."""
        self._planned = so_far.planned
        ahead = most_ahead(
            so_far.knob, so_far.planned, most, seconds_an_epoch=0.0, workers=1, budget=so_far.budget
        )
        self._most = f" of at most {number(ahead.share_of_plan, 2)} T"
        row = _Row(so_far.knob.own, planned=so_far.planned)
        row.take(so_far.own, "yours")
        self._rows[so_far.knob.own] = row

    def begin(self, jobs: Mapping[float, Job]) -> None:
        """Show the arms that are trained next."""
        for value, job in jobs.items():
            earlier = earlier_of(job)
            planned = job.settings.max_epochs or planned_with(earlier, self._planned)
            self._rows[value] = _Row(value, job, planned=planned, earlier=earlier)

    def ended(self, value: float, run: Run | None, end: ArmEnd | None, because: str) -> None:
        """Show what came of an arm."""
        row = self._rows.setdefault(value, _Row(value))
        row.listen()
        if run is None:
            row.state, row.best = because, None
        else:
            row.take(run, str(end))
        if self._live is None:
            self.console.print(self._line(row), soft_wrap=True)

    def drawn(self) -> RenderableType:
        """The table as it is now, and below it what the search has cost so far."""
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_edge=False)
        for name in (self.knob, "epoch", "validation loss", "T"):
            table.add_column(name, justify="right")
        table.add_column("state")
        rows = sorted(self._rows.values(), key=lambda row: row.value)
        for row in rows:
            row.listen()
        found = [row.best for row in rows if row.best is not None]
        for row in rows:
            table.add_row(*self._cells(row, lowest=bool(found) and row.best == min(found)))
        return Group(Padding(table, (1, 0, 1, 2)), Padding(self._foot(), (0, 0, 0, 2)))

    def _cells(self, row: _Row, *, lowest: bool) -> tuple[Text, ...]:
        style = "bold green" if lowest else _STYLES.get(row.state, "")
        epoch = f"{row.epoch} of {row.planned}" if row.epoch else "–"
        best = f"{row.best:.{DIGITS}f} at {row.best_epoch:>2}" if row.best is not None else "–"
        cost = "–" if row.job is None else f"{row.trained / self._planned:.2f}"
        state = (
            row.state + (", lowest" if lowest else "") + (f", {went_on(row.earlier)}" if row.earlier else "")
        )
        cells = (number(row.value), epoch, best, cost, state)
        return tuple(Text(cell, style="dim" if row.state == _WAITING else style) for cell in cells)

    def _foot(self) -> Text:
        """What the search has cost so far, and what it may cost at most."""
        epochs = sum(row.trained for row in self._rows.values() if row.job is not None)
        passed = duration(time.monotonic() - self._began)
        text = Text(
            f"{epochs / self._planned:.2f} T so far{self._most}, {plural(epochs, 'epoch')}, {passed}",
            style="dim",
        )
        if is_asked():
            text.append("   ending after this epoch; Ctrl-C again ends it at once", style="yellow")
        return text

    def _line(self, row: _Row) -> str:
        """An arm that has ended, as a line."""
        name = f"  {self.knob} {stages(row.value, row.earlier)}"
        if row.best is None:
            return f"{name}: {row.state}"
        share = row.trained / self._planned
        loss = f"validation loss {row.best:.{DIGITS}g} at epoch {row.best_epoch} of {row.epoch}"
        return f"{name}: {loss}, {row.state} ({share:.2f} T)"
