# SPDX-License-Identifier: Apache-2.0
"""What the arms say together: which dose is chosen, and why.

Of the doses that were tried, the mildest within one paired standard error of the best is the candidate (the
one-standard-error rule of Breiman et al. 1984, on differences per example). A schedule that is best is taken as it is: the
milder rates are parts of it. The candidate is recommended where validation can tell it from the user's own setting; where
it cannot, or where every dose is worse, the user's own setting stays.
"""

from collections.abc import Sequence
from dataclasses import replace

from goodfit.report.words import plural
from goodfit.tuning.costs import cost_of
from goodfit.tuning.differences import difference, notes_on, yardstick
from goodfit.tuning.grids import SWITCH
from goodfit.tuning.knobs import Knob
from goodfit.tuning.telling_apart import Told, tell_apart
from goodfit.values import ArmEnd, Choice, Dose, FailedArm, Run, Study, Trial

_UNFINISHED = (ArmEnd.CUT, ArmEnd.INTERRUPTED)


def conclude(
    knob: Knob,
    own: Run,
    tried: Sequence[Trial],
    *,
    failed: Sequence[FailedArm] = (),
    notes: Sequence[str] = (),
) -> Study:
    """The study of arms that have ended, of which there is at least one with a number."""
    best = min(tried, key=lambda trial: trial.run.score)
    trials = tuple(t if t is best else replace(t, behind_best=difference(t.run, best.run)) for t in tried)
    level = [t for t in trials if t.behind_best is None or t.behind_best.low <= 0]
    whole_way = [t for t in level if not t.earlier]
    mildest = best if best.earlier else min(whole_way, key=lambda trial: abs(trial.value - knob.own))
    whole = not any(trial.ended in _UNFINISHED for trial in trials)
    told = tell_apart(own, [trial.run for trial in trials], whole=whole)
    gain = difference(own, mildest.run)
    ends = [t.value for t in level]
    candidate = Dose(
        value=mildest.value, low=min(ends), high=max(ends), unit=knob.unit, earlier=mildest.earlier
    )
    stays = {
        Choice.CANNOT_TELL: Dose(
            value=knob.own, low=min(knob.own, *ends), high=max(knob.own, *ends), unit=knob.unit
        ),
        Choice.OWN_IS_BEST: Dose(value=knob.own, low=knob.own, high=knob.own, unit=knob.unit),
    }
    return Study(
        knob=knob.name,
        control=Trial(value=knob.own, run=own, behind_best=difference(own, best.run)),
        trials=trials,
        chosen=stays.get(told.choice, candidate),
        candidate=candidate,
        beats_control=gain,
        cost=cost_of(trials, own, failed),
        choice=told.choice,
        needed_examples=told.needed_examples,
        needed_for=told.needed_for,
        failed=tuple(failed),
        because=_said_of(knob, own, told, whole=whole) or _because(mildest, best, len(level), told),
        notes=(*notes, *notes_on(gain, own, [trial.run for trial in trials])),
    )


def _said_of(knob: Knob, own: Run, told: Told, *, whole: bool) -> str:
    """Why the user's own setting stays, where it does."""
    settings = "rates" if knob.name.endswith("rate") else "settings"
    switch = knob.unit == SWITCH.unit
    if told.choice is Choice.OWN_IS_BEST:
        if switch:
            return (
                f"it is best without {knob.name}: with it, validation is worse by more than {yardstick(own)}"
            )
        nothing = f"no {knob.name.removesuffix(' rate')}" if knob.own == 0 else f"your own {knob.own:g}"
        return f"{nothing} is best: every other that was tried is worse by more than {yardstick(own)}"
    if told.choice is Choice.CANNOT_TELL:
        count = plural(len(own.per_example), "validation example") if own.per_example else "these evaluations"
        what = f"with {knob.name} from without" if switch else f"these {settings} apart"
        return (
            f"{count} cannot tell {what}: no gain over your own is beyond what chance gives the best of them"
            + ("" if whole else ", and not every arm was trained to its end")
        )
    return ""


def _because(chosen: Trial, best: Trial, level: int, told: Told) -> str:
    doubt = (
        ""
        if told.choice is Choice.BETTER
        else "; that it beats your own is likely, and not beyond chance at 95 %"
    )
    if chosen.earlier:
        return (
            f"this schedule has the lowest validation loss: each step was taken because the loss fell{doubt}"
        )
    if chosen.value == best.value:
        return (
            f"{chosen.value:g} has the lowest validation loss, "
            f"and no milder one that was tried is within {yardstick(best.run)}{doubt}"
        )
    return (
        f"{chosen.value:g} is the mildest of {level} within {yardstick(best.run)} "
        f"of the lowest validation loss, which {best.value:g} has{doubt}"
    )
