# SPDX-License-Identifier: Apache-2.0
"""What `compare` would do, and what it would cost."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from goodfit.comparing.cost import Range, bill
from goodfit.comparing.entrants import QUESTIONED, field_of
from goodfit.report.words import number, plural
from goodfit.training import OWN_SEED, TaskSource, draw, prepare


def print_bill(
    console: Console,
    source: TaskSource,
    *,
    seeds: int,
    workers: int,
    remedies: Sequence[str],
    combinations: Sequence[str],
) -> None:
    """Print the steps of a comparison and its cost; nothing is kept.

    Raises:
        SettingsError: a name is unknown, or no remedy has a place in the model.
    """
    prepared = prepare(source)
    task = prepared.task
    field = field_of(prepared, (), remedies=remedies, combinations=combinations)
    cost = bill(prepared, field, seeds=seeds, workers=workers)
    split = draw(task, prepared.pool, OWN_SEED)
    tried = ", ".join(f"{entrant.name} {len(entrant.knob.values)}" for entrant in field.entrants)
    singles = plural(len(field.entrants), "remedy" if len(field.entrants) == 1 else "remedie")
    together = f" and {plural(len(field.combinations), 'combination')}" if field.combinations else ""
    lines: list[str | Text] = [
        Text(task.name, style="bold")
        + Text(
            f": {len(split.train):,} training, {len(split.validation):,} validation, "
            f"{len(prepared.holdout.indices):,} locked test examples ({prepared.holdout.note})"
        ),
        f"1. train as planned: 1 training of {task.epochs} epochs; its diagnosis names the primary remedy",
        f"2. find the doses: {plural(cost.searches, 'training')}, each stopped after its validation minimum ({tried})",
        (
            f"3. prove: {plural(cost.proofs, 'training')}, each to its planned end ({plural(seeds, 'seed')} x "
            f"untreated, {singles}{together}), then one look at the test set"
        ),
        *(f"takes no part: {each.remedy}: {each.because}" for each in field.left_out),
    ]
    if not remedies:
        lines.append(f"if the diagnosis prescribes another than these {len(QUESTIONED)}, it takes part too")
    where = "1 process" if workers == 1 else f"{workers} processes"
    lines.append(
        f"cost: {plural(cost.trainings, 'training')}, {_range(cost.epochs)} epochs, {_range(cost.minutes)} minutes in "
        f"{where}: at least with the mildest doses, at most with the strongest"
    )
    for line in lines:
        console.print(line, soft_wrap=True)


def _range(given: Range) -> str:
    return f"{number(given.least, 2)} to {number(given.most, 2)}"
