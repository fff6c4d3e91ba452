# SPDX-License-Identifier: Apache-2.0
"""`goodfit diagnose DIR`: every run below a directory, or in several logs, in one go.

JSON Lines are written as the runs are judged; the other formats keep a short form of each run until all are judged.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from goodfit._cli.inputs import Read
from goodfit._cli.judging import Heard, Judging
from goodfit._cli.output import FindingsFormat, beside, put, unbroken
from goodfit.errors import ReadError
from goodfit.report.overview import ordered_runs, run_line, run_overview, worst
from goodfit.rules import diagnose_many
from goodfit.values import Diagnosis, History, Overview, Severity, UnreadFile, dumps

_NAMED = 5  # reasons in an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What is to be judged, and how."""

    read: Read  # files and their runs, as they are read
    given: Sequence[Path]  # the files, folders and patterns of the command line
    heard: Heard
    workers: int
    verbose: bool

    @property
    def directory(self) -> Path | None:
        """The one that all lie in; None when several things were given, or a log that holds several runs."""
        return self.given[0] if len(self.given) == 1 and self.given[0].is_dir() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One judged run."""

    path: str  # below the directory, with the run's name when the log holds several
    file: Path
    history: History
    diagnoses: Sequence[Diagnosis]


@dataclass(slots=True)
class _Reading:
    """The files of a directory as a stream of histories; what could not be read stays behind."""

    folder: Folder
    unread: list[UnreadFile] = field(default_factory=list)
    places: deque[tuple[str, Path]] = field(default_factory=deque)  # of the histories not yet judged

    def histories(self) -> Iterator[History]:
        """Each run below the directory, sorted by path."""
        for path, found in self.folder.read:
            if isinstance(found, ReadError):
                self.unread.append(UnreadFile(path=self.below(str(path)), reason=found.found))
                continue
            for history in found:
                self.places.append((self.below(history.source or str(path)), path))
                yield history

    def runs(self) -> Iterator[_Run]:
        """Each run with what was found in it."""
        for history, diagnoses in diagnose_many(self.histories(), workers=self.folder.workers):
            path, file = self.places.popleft()
            yield _Run(path=path, file=file, history=history, diagnoses=self.folder.heard(diagnoses))

    def below(self, source: str) -> str:
        """A source as it is called from the directory."""
        directory = self.folder.directory
        return source.removeprefix(f"{directory}{os.sep}") if directory else source


def diagnose_folder(
    console: Console, folder: Folder, form: FindingsFormat, judging: Judging
) -> Severity | None:
    """Write all runs in the format that was asked for; gives the worst severity found.

    Raises:
        ReadError: nothing below the directory can be read.
    """
    reading = _Reading(folder)
    found: list[Severity] = []

    def counted() -> Iterator[_Run]:
        for run in reading.runs():
            if (severity := worst(run.diagnoses)) is not None:
                found.append(severity)
            yield run

    writers: dict[str, Callable[[], int]] = {
        "text": lambda: _text(console, folder, reading, counted()),
        "markdown": lambda: _markdown(console, folder, reading, counted()),
        "json": lambda: _json(console, folder, reading, counted()),
        "jsonl": lambda: _jsonl(console, reading, counted()),
    }
    write = writers.get(form, lambda: _machine(console, folder, reading, counted(), (form, judging)))
    write()
    return max(found, key=lambda each: each.rank, default=None)


def _text(console: Console, folder: Folder, reading: _Reading, runs: Iterator[_Run]) -> int:
    from goodfit.report.terminal.runs import print_runs

    lines = [run_line(r.path, r.history, r.diagnoses, all_findings=folder.verbose) for r in runs]
    _refuse_nothing(reading, len(lines))
    print_runs(console, lines, reading.unread, left_out=folder.heard.left_out, unbroken=unbroken(console))
    return len(lines)


def _markdown(console: Console, folder: Folder, reading: _Reading, runs: Iterator[_Run]) -> int:
    from goodfit.report.markdown.runs import markdown_runs

    lines = [run_line(r.path, r.history, r.diagnoses, all_findings=folder.verbose) for r in runs]
    _refuse_nothing(reading, len(lines))
    put(console, markdown_runs(lines, reading.unread, left_out=folder.heard.left_out))
    return len(lines)


def _json(console: Console, folder: Folder, reading: _Reading, runs: Iterator[_Run]) -> int:
    judged = [run_overview(run.path, run.history, run.diagnoses) for run in runs]
    _refuse_nothing(reading, len(judged))
    found = Overview(runs=ordered_runs(judged), unread=tuple(reading.unread), left_out=folder.heard.left_out)
    put(console, dumps(found, indent=2))
    return len(judged)


def _jsonl(console: Console, reading: _Reading, runs: Iterator[_Run]) -> int:
    count = 0
    for count, run in enumerate(runs, start=1):  # noqa: B007 - counted as they pass
        put(console, dumps(run_overview(run.path, run.history, run.diagnoses)))
    _refuse_nothing(reading, count)
    for each in reading.unread:
        put(console, dumps(each))
    return count


def _machine(
    console: Console,
    folder: Folder,
    reading: _Reading,
    runs: Iterator[_Run],
    form: tuple[FindingsFormat, Judging],
) -> int:
    from goodfit._cli.machine import rendered
    from goodfit.report.machine.checked import Checked, checked_run

    checked = []
    for run in runs:
        name = run.path.removeprefix(reading.below(str(run.file)))
        artifact = beside(run.file)
        checked.append(checked_run(f"{artifact}{name}", artifact, run.history, run.diagnoses))
    _refuse_nothing(reading, len(checked))
    for each in reading.unread:
        artifact = beside(folder.directory / each.path if folder.directory else Path(each.path))
        checked.append(Checked(subject=artifact, artifact=artifact, unread=each.reason))
    put(console, rendered(form[0], checked, folder.heard.rules, "diagnose", form[1]))
    return len(checked)


def _refuse_nothing(reading: _Reading, runs: int) -> None:
    """An empty overview is an error that says why.

    Raises:
        ReadError: no run was read.
    """
    if runs:
        return
    unread, given = reading.unread, reading.folder.given
    named = "; ".join(f"{Path(each.path).name}: {each.reason}" for each in unread[:_NAMED])
    more = f"; and {len(unread) - _NAMED} more" if len(unread) > _NAMED else ""
    raise ReadError(
        f"no log {'in this directory ' if reading.folder.directory else ''}can be read ({named}{more})",
        where=", ".join(map(str, given[:_NAMED])),
        todo="give the log file itself",
    )
