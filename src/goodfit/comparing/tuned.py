# SPDX-License-Identifier: Apache-2.0
"""Every remedy gets the same number of tuned settings, on validation, with the seed of the user's own run.

The mildest within one paired standard error of the best is taken, as in any search of goodfit; a remedy without a
number has one setting. The test set is not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from goodfit._subjects import subject_of_task
from goodfit.comparing.course import Course
from goodfit.comparing.entrants import JOIN, Entrant
from goodfit.errors import DivergedError, GoodfitError
from goodfit.surgery import plan, treat_
from goodfit.training import OWN_SEED, Prepared, PreparedCommand, Settings
from goodfit.tuning import CoarseGrid, arm_of, tune
from goodfit.tuning.grids import SWITCH
from goodfit.values import Arm, Dose, Part, Prescription, Run, Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """A remedy at the dose that it is proven with, or why there is none."""

    name: str
    part: Part
    settings: Settings | None  # of a run that is trained to its planned end; None: failed
    dose: Dose | None = None
    knob: str = ""
    tried: int = 0
    runs: tuple[Run, ...] = ()  # of the search
    notes: tuple[str, ...] = ()
    failed: str = ""


def tune_equally(course: Course, entrants: Sequence[Entrant]) -> list[Tuned]:
    """Find each remedy's dose; all their trainings are handed out at once, so that no worker waits."""
    jobs = [course.job(arm_of(entrant.knob, value)) for entrant in entrants for value in entrant.knob.values]
    course.carry_out(jobs)
    return [_tuned(course, entrant) for entrant in entrants]


def _tuned(course: Course, entrant: Entrant) -> Tuned:
    knob = entrant.knob
    named = Tuned(name=entrant.name, part=entrant.part, settings=None, tried=len(knob.values))
    try:
        study = tune(course.source, knob, store=course.store, strategy=CoarseGrid())
    except GoodfitError as error:
        return replace(named, failed=_why(error, len(knob.values)))
    has_number = knob.unit != SWITCH.unit
    return replace(
        named,
        settings=knob.set(
            Settings(seed=OWN_SEED, arm=Arm.TREATMENT), study.to_prove.value, study.to_prove.earlier
        ),
        dose=study.to_prove if has_number else None,
        knob=knob.name if has_number else "",
        runs=tuple(trial.run for trial in study.trials),
        notes=study.notes,
    )


def _why(error: GoodfitError, tried: int) -> str:
    if isinstance(error, DivergedError) and tried > 1:
        return f"it diverged at each of the {tried} settings that were tried"
    return error.found


def combined(prepared: Prepared | PreparedCommand, pair: Sequence[str], tuned: Sequence[Tuned]) -> Tuned:
    """Several remedies at once, each at the dose that was found for it alone."""
    parts = [one for name in pair for one in tuned if one.name == name]
    name = f" {JOIN} ".join(pair)
    failed = next((one for one in parts if one.settings is None), None)
    if failed is not None:
        return Tuned(name=name, part=Part.OTHER, settings=None, failed=f"{failed.name} failed")
    if not isinstance(prepared, Prepared):
        return _placed(name, parts)
    try:
        treatment = _together(prepared, name, parts)
    except GoodfitError as error:
        return Tuned(name=name, part=Part.OTHER, settings=None, failed=error.found)
    knobs: dict[str, Any] = {}
    for one in parts:
        assert one.settings is not None  # noqa: S101 - those that failed were sorted out
        knobs |= one.settings.knobs
    return Tuned(
        name=name,
        part=Part.OTHER,
        settings=Settings(seed=OWN_SEED, arm=Arm.TREATMENT, knobs=knobs, treatment=treatment),
        tried=sum(one.tried for one in parts),
    )


def _placed(name: str, parts: Sequence[Tuned]) -> Tuned:
    """Several places of a command at the values that were found for each alone."""
    settings = [one.settings for one in parts if one.settings is not None]
    own = {one.name: each.placeholders[one.name] for one, each in zip(parts, settings, strict=True)}
    together = replace(
        settings[0],
        placeholders={**settings[0].placeholders, **own},
        knobs={key: value for each in settings for key, value in each.knobs.items()},
    )
    return Tuned(name=name, part=Part.OTHER, settings=together, tried=sum(one.tried for one in parts))


def _treatment(one: Tuned) -> Treatment:
    assert one.settings is not None  # noqa: S101 - those that failed were sorted out
    assert one.settings.treatment is not None  # noqa: S101 - every knob gives one
    return one.settings.treatment


def _together(prepared: Prepared, name: str, parts: Sequence[Tuned]) -> Treatment:
    """One treatment with the edits of all, each planned for a model that the ones before it have changed."""
    found = subject_of_task(prepared)
    first, *others = parts
    whole = _treatment(first)
    treat_(found.subject, whole)
    for one in others:
        dose = one.dose.value if one.dose is not None else None
        after = plan(found.subject, _treatment(one).prescription, dose=dose, example=found.example)
        treat_(found.subject, after)
        whole = replace(whole, edits=(*whole.edits, *after.edits), skipped=(*whole.skipped, *after.skipped))
    return replace(whole, prescription=Prescription(remedy=name))
