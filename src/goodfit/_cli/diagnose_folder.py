# SPDX-License-Identifier: Apache-2.0
"""`goodfit diagnose DIR`: every run below a directory, one line each; nothing but those lines is kept in memory."""

import json
import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goodfit._cli.inputs import Read
from goodfit._cli.output import Format, stdout
from goodfit.errors import ReadError
from goodfit.report.terminal.runs import RunLine, Unread, print_runs, run_line
from goodfit.rules import diagnose_many, headline, healthy
from goodfit.values import Diagnosis, History, Outcome, Severity, to_json

_NAMED = 5  # reasons in an error


@dataclass(slots=True)
class _Reading:
    """The files of a directory as a stream of histories; what could not be read stays behind."""

    read: Read
    directory: Path | None  # that all lie in, when it is one
    unread: list[Unread] = field(default_factory=list)
    paths: deque[str] = field(default_factory=deque)  # of the histories handed out and not yet judged

    def histories(self) -> Iterator[History]:
        """Each run below the directory, sorted by path."""
        for path, found in self.read:
            if isinstance(found, ReadError):
                self.unread.append(Unread(path=self._below(str(path)), reason=found.found))
                continue
            for history in found:
                self.paths.append(self._below(history.source or str(path)))
                yield history

    def _below(self, source: str) -> str:
        """A source as it is called from the directory."""
        return source.removeprefix(f"{self.directory}{os.sep}") if self.directory else source


def diagnose_folder(
    read: Read, given: Sequence[Path], *, output_format: Format, verbose: bool, workers: int
) -> Severity | None:
    """Print a line for every run, or a JSON object a line as they are judged; gives the worst severity found.

    Raises:
        ReadError: nothing below the directory can be read.
    """
    reading = _Reading(read, given[0] if len(given) == 1 and given[0].is_dir() else None)
    judged = diagnose_many(reading.histories(), workers=workers)
    worst: Severity | None = None
    lines: list[RunLine] = []
    for history, diagnoses in judged:
        path = reading.paths.popleft()
        worst = _worse(worst, diagnoses)
        if output_format == "json":
            print(json.dumps(_record(path, history, diagnoses)))
        lines.append(run_line(path, history, diagnoses, all_findings=verbose))
    if not lines:
        raise _nothing(given, reading.unread)
    if output_format == "json":
        for each in reading.unread:
            print(json.dumps({"path": each.path, "unreadable": each.reason}))
    else:
        print_runs(stdout(), lines, reading.unread)
    return worst


def _worse(worst: Severity | None, diagnoses: Sequence[Diagnosis]) -> Severity | None:
    found = [each.severity for each in diagnoses if each.outcome is Outcome.PRESENT and each.severity]
    return max((each for each in (worst, *found) if each), key=lambda each: each.rank, default=None)


def _record(path: str, history: History, diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    """One run as JSON: what was found in full, of the other rules only their outcome."""
    first = headline(diagnoses)
    worst = _worse(None, diagnoses)
    return {
        "path": path,
        "severity": worst and worst.value,
        "headline": first and first.code,
        "healthy": healthy(diagnoses).value,
        "outcomes": {each.code: each.outcome.value for each in diagnoses},
        "findings": [to_json(each) for each in diagnoses if each.outcome is Outcome.PRESENT],
        "warnings": list(history.warnings),
    }


def _nothing(given: Sequence[Path], unread: Sequence[Unread]) -> ReadError:
    named = "; ".join(f"{Path(each.path).name}: {each.reason}" for each in unread[:_NAMED])
    more = f"; and {len(unread) - _NAMED} more" if len(unread) > _NAMED else ""
    return ReadError(
        f"no log {'in this directory ' if given[0].is_dir() else ''}can be read ({named}{more})",
        where=", ".join(map(str, given[:_NAMED])),
        todo="give the log file itself",
    )
