# SPDX-License-Identifier: Apache-2.0
"""What the arms say together: which dose is chosen, and why.

The mildest dose within one paired standard error of the best is chosen (the one-standard-error rule of Breiman et al.
1984, on differences per example).
"""

from collections.abc import Sequence
from dataclasses import replace

from goodfit.tuning.costs import cost_of
from goodfit.tuning.differences import difference, notes_on, yardstick
from goodfit.tuning.knobs import Knob
from goodfit.values import Dose, Run, Study, Trial


def conclude(
    knob: Knob, own: Run, tried: Sequence[Trial], *, budget: int | None, notes: Sequence[str]
) -> Study:
    """The study of arms that have ended, of which there is at least one."""
    best = min(tried, key=lambda trial: trial.run.score)
    trials = tuple(t if t is best else replace(t, behind_best=difference(t.run, best.run)) for t in tried)
    level = [t for t in trials if t.behind_best is None or t.behind_best.low <= 0]
    chosen = min(level, key=lambda trial: abs(trial.value - knob.own))
    gain = difference(own, chosen.run)
    said = list(notes)
    if gain.low <= 0:
        said.append(f"your own setting is within {yardstick(own)}: the search shows no clear gain")
    said.extend(notes_on(gain, own, [trial.run for trial in trials]))
    return Study(
        knob=knob.name,
        control=Trial(value=knob.own, run=own, behind_best=difference(own, best.run)),
        trials=trials,
        chosen=Dose(
            value=chosen.value,
            low=min(t.value for t in level),
            high=max(t.value for t in level),
            unit=knob.unit,
        ),
        beats_control=gain,
        cost=cost_of([trial.run for trial in trials], own),
        budget_epochs=budget,
        because=_because(chosen, best, len(level)),
        notes=tuple(said),
    )


def _because(chosen: Trial, best: Trial, level: int) -> str:
    if chosen.value == best.value:
        return (
            f"{chosen.value:g} has the lowest validation loss, "
            f"and no milder dose that was tried is within {yardstick(best.run)}"
        )
    return (
        f"{chosen.value:g} is the mildest of {level} doses within {yardstick(best.run)} "
        f"of the lowest validation loss, which {best.value:g} has"
    )
