# SPDX-License-Identifier: Apache-2.0
"""The runs of an experiment tracker: series by name, settings, and a name for each run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from goodfit.errors import NoCurvesError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._synonyms import words
from goodfit.values import Axis, History, RunContext

if TYPE_CHECKING:
    from goodfit.readers._series import Series  # loads numpy

_ID_LENGTH = 8  # characters of an id that tell runs of one name apart


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRun:
    """One run as its tracker keeps it."""

    id: str
    name: str = ""
    series: "Sequence[Series]"
    settings: Mapping[str, Any] = field(default_factory=dict)  # as the user logged them
    notes: tuple[str, ...] = ()  # what was left out, as sentences


def histories(runs: Sequence[TrackedRun], source: str) -> tuple[History, ...]:
    """The history of every run that holds a curve, x in the steps that were logged.

    Raises:
        NoCurvesError: none does.
    """
    from goodfit.readers._series import tabulate

    found: list[History] = []
    empty: NoCurvesError | None = None
    labels = run_labels([(run.id, run.name) for run in runs])
    for run, label in zip(runs, labels, strict=True):
        where = f"{source} ({label})" if label else source
        dialect = Dialect(prefer=Axis.STEP, context=context_of(run.settings), notes=run.notes)
        try:
            found.extend(assemble(tabulate(run.series, where), where, dialect))
        except NoCurvesError as error:
            empty = error
    if not found:
        raise empty or NoCurvesError(
            "no run in it has a metric", where=source, todo="log train_loss and val_loss at every epoch"
        )
    return tuple(found)


def run_labels(runs: Sequence[tuple[str, str]]) -> list[str]:
    """What each run of (id, name) is called beside the source; "" when there is only one."""
    if len(runs) == 1:
        return [""]
    times = Counter(name for _, name in runs)
    return [
        f"run={name}"
        if name and times[name] == 1
        else f"run={f'{name}, id=' if name else ''}{run[:_ID_LENGTH]}"
        for run, name in runs
    ]


def context_of(settings: Mapping[str, Any]) -> RunContext:
    """The facts about a run that its settings name in so many words; what is unclear stays unknown."""
    plain = {"_".join(words(key)): value for key, value in settings.items()}
    return RunContext(
        learning_rate=_first(plain, ("lr", "learning_rate")),
        weight_decay=_first(plain, ("weight_decay",)),
        batch_size=_whole(_first(plain, ("batch_size", "train_batch_size"))),
        epochs_planned=_whole(_first(plain, ("epochs", "num_epochs", "max_epochs"))),
    )


def _first(settings: Mapping[str, Any], names: Sequence[str]) -> float | None:
    for name in names:
        value = settings.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            continue
        try:
            number = float(value)
        except (ValueError, OverflowError):
            continue
        if isfinite(number) and number >= 0:
            return number
    return None


def _whole(number: float | None) -> int | None:
    return int(number) if number is not None and number >= 1 and number == int(number) else None
