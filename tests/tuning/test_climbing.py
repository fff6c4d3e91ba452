# SPDX-License-Identifier: Apache-2.0
"""A climb: which arm comes next, where it goes on from, when it ends, and what is chosen."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from goodfit.errors import SettingsError
from goodfit.report.study_rows import arm_rows, headline_of
from goodfit.training import Settings, TaskSource, build_model, load_task
from goodfit.tuning import Climbing, Knob, SoFar, Try, TwoRates, dropout_knob, tune
from goodfit.tuning.conclusion import conclude
from goodfit.tuning.costs import epochs_for
from goodfit.values import (
    Arm,
    Curve,
    EditKind,
    History,
    Prescription,
    RateStage,
    Run,
    Split,
    Study,
    Trial,
    dumps,
    loads,
)

FINE = tuple(round(0.05 * step, 2) for step in range(1, 19))
PLANNED = 40


def _same(settings: Settings, *_: object) -> Settings:
    return settings


def _knob(own: float = 0.0, *, turns: bool = True) -> Knob:
    return Knob(
        name="dropout rate",
        unit="drop probability",
        own=own,
        values=(0.2, 0.4, 0.6),
        milder=0.1,
        stronger=0.75,
        apply=_same,
        fine=tuple(rate for rate in FINE if rate > own),
        apply_in_stages=_same if turns else None,
    )


def _run(score: float, best: int, epochs: int = PLANNED) -> Run:
    return Run(
        seed=0,
        arm=Arm.TREATMENT,
        history=History(curves={}),
        score=score,
        best_epoch=best,
        epochs=epochs,
        per_example=(score,),
    )


OWN = _run(1.0, 8)


def _trial(value: float, score: float, best: int, epochs: int, before: Trial | None = None) -> Trial:
    tried = Try(value, after=before)
    return Trial(value=value, run=_run(score, best, epochs), earlier=tried.earlier)


def _after(
    *trials: Trial, own: Run = OWN, knob: Knob | None = None, budget: int | None = None, rounds: int = 0
) -> SoFar:
    return SoFar(
        knob=knob or _knob(),
        own=own,
        planned=PLANNED,
        budget=budget,
        spent=sum(map(epochs_for, trials)),
        rounds=rounds or len(trials),
        trials=trials,
    )


def _next(so_far: SoFar) -> list[tuple[float, tuple[RateStage, ...]]]:
    return [(each.value, each.earlier) for each in Climbing().ahead(so_far).tries]


FIRST = _trial(0.5, 0.9, 20, 26)


def test_the_first_is_half_from_the_start() -> None:
    """As `TwoRates` begins; it is kept to be gone on from, and its patience is short."""
    (tried,) = Climbing().ahead(_after()).tries
    assert (tried.value, tried.after, tried.leads) == (0.5, None, True)
    assert tried.patience.floor < TwoRates().ahead(_after()).tries[0].patience.floor


def test_a_stage_goes_on_from_the_best_epoch() -> None:
    """.5 was best at its 20th epoch, so .65 begins with 20 epochs of .5, and .75 with what .65 was best at."""
    stage = RateStage(rate=0.5, epochs=20)
    assert _next(_after(FIRST)) == [(0.65, (stage,))]
    second = _trial(0.65, 0.88, 24, 28, FIRST)
    assert epochs_for(second) == 8
    assert _next(_after(FIRST, second)) == [(0.75, (stage, RateStage(rate=0.65, epochs=4)))]
    third = _trial(0.75, 0.87, 27, 31, second)
    assert _next(_after(FIRST, second, third)) == []


def test_a_first_step_up_that_brings_nothing_is_followed_by_one_down() -> None:
    """Equal to the arm before is nothing; .3 keeps as many times more units as .65 keeps fewer, and then it ends."""
    stage = RateStage(rate=0.5, epochs=20)
    for failed in (_trial(0.65, 0.9, 20, 24, FIRST), _trial(0.65, 0.91, 22, 26, FIRST)):
        assert _next(_after(FIRST, failed)) == [(0.3, (stage,))]
        assert _next(_after(FIRST, failed, _trial(0.3, 0.8, 23, 27, FIRST))) == []
        assert Climbing(back=False).ahead(_after(FIRST, failed)).tries == ()


def test_it_ends_where_a_later_stage_brings_nothing() -> None:
    """After a step that helped there is no way back."""
    second = _trial(0.65, 0.88, 24, 28, FIRST)
    third = _trial(0.75, 0.88, 24, 27, second)
    assert _next(_after(FIRST, second, third)) == []


def test_no_step_goes_below_the_own_rate() -> None:
    """With .6 of one's own, a step down from .8 would be .7, and from .65 there is none."""
    knob, own = _knob(own=0.6), _run(1.0, 8)
    first = _trial(0.65, 0.9, 20, 26)
    failed = _trial(0.75, 0.95, 22, 26, first)
    assert _next(_after(first, failed, own=own, knob=knob)) == []


def test_a_stage_that_failed_ends_it() -> None:
    """A diverged stage is a round without a trial."""
    assert _next(_after(FIRST, rounds=2)) == []


def test_worse_than_the_own_run_is_followed_by_a_milder_rate() -> None:
    """No climb begins below the user's own run."""
    worse = _trial(0.5, 1.1, 20, 26)
    assert _next(_after(worse)) == [(0.3, ())]
    assert _next(_after(worse, _trial(0.3, 0.95, 12, 18))) == []


def test_a_curve_that_points_far_up_is_followed_from_the_start() -> None:
    """The best epoch hardly came later with .5, so .8 fits: from the start, and the climb begins at the better of the two."""
    first = _trial(0.5, 0.9, 9, 14)
    assert _next(_after(first)) == [(0.8, ())]
    far = _trial(0.8, 0.8, 15, 21)
    assert _next(_after(first, far)) == [(0.85, (RateStage(rate=0.8, epochs=15),))]
    assert _next(_after(first, replace(far, run=_run(0.95, 15, 21)))) == [
        (0.65, (RateStage(rate=0.5, epochs=9),))
    ]
    assert _next(_after(first, rounds=2)) == [(0.65, (RateStage(rate=0.5, epochs=9),))]


def test_a_rate_is_tried_once() -> None:
    """A climb passes over the far rate that lost."""
    first, far = _trial(0.7, 0.9, 9, 14), _trial(0.8, 0.95, 15, 21)
    assert _next(_after(first, far))[0][0] == 0.75
    second = _trial(0.75, 0.88, 12, 15, first)
    assert _next(_after(first, far, second))[0][0] == 0.85


def test_all_stages_take_half_a_plan_at_most() -> None:
    """The cap of a stage is what the ones before have left of it, or the end of the plan as the schedule extends it."""
    (stage,) = Climbing().ahead(_after(FIRST)).tries
    assert stage.max_epochs is None or stage.max_epochs == 40
    early = _trial(0.5, 0.9, 20, 26)
    (stage,) = Climbing().ahead(_after(early, _trial(0.65, 0.88, 34, 36, early))).tries
    assert stage.max_epochs == 34 + 4
    late = _trial(0.5, 0.9, 38, 40)
    (stage,) = Climbing().ahead(_after(late)).tries
    assert stage.max_epochs is None  # to 46: a fifth of the plan more


def test_a_budget_is_kept() -> None:
    """A stage takes what is left; too little is said."""
    (stage,) = Climbing().ahead(_after(FIRST, budget=31)).tries
    assert stage.max_epochs == 25
    found = Climbing().ahead(_after(FIRST, budget=28))
    assert found.tries == ()
    assert "the budget left too little" in found.notes[0]


def test_what_cannot_be_turned_is_tuned_as_before() -> None:
    """Two rates from the start, of which none is kept to be gone on from."""
    knob = _knob(turns=False)
    assert Climbing().most(knob, PLANNED) == TwoRates().most(knob, PLANNED)
    assert Climbing().ahead(_after(knob=knob)) == TwoRates().ahead(_after(knob=knob))
    with pytest.raises(SettingsError, match="cannot change within a training"):
        knob.set(Settings(seed=0), 0.6, (RateStage(rate=0.5, epochs=2),))


def _spread(run: Run) -> Run:
    losses = tuple(run.score + 0.001 * (place % 7 - 3) for place in range(700))
    curve = Curve(values=(1.2, run.score), x=(1, 2), split=Split.VALIDATION, metric="loss")
    return replace(run, per_example=losses, history=History(curves={"val_loss": curve}))


def test_a_schedule_that_is_best_is_taken_as_it_is() -> None:
    """Not the mildest level with it, which is a part of it; the answer names its stages."""
    first = replace(FIRST, run=_spread(FIRST.run))
    second = _trial(0.65, 0.8995, 24, 28, first)
    second = replace(second, run=replace(_spread(second.run), per_example=first.run.per_example[::-1]))
    study = conclude(_knob(), _spread(OWN), [first, second])
    assert study.candidate is not None
    assert (study.candidate.value, study.candidate.earlier) == (0.65, second.earlier)
    assert headline_of(study) == "Dropout rate: 0.5 for 20 epochs, then 0.65"
    assert study.because.startswith("this schedule has the lowest validation loss")
    marks = {row.value: row.marks for row in arm_rows(study)}
    assert marks["0.65"] == ("lowest", "chosen", "on from 0.5 at epoch 20")
    assert study.cost.epochs == 26 + 8
    assert loads(Study, dumps(study)) == study


def test_tune_climbs_and_the_report_says_how(toy: str, tmp_path: Path) -> None:
    """Arms share what came before, cost what they add, and nothing to go on from is left behind."""
    task = replace(load_task(f"{toy}:task"), epochs=40, optimizer=_slow)
    knob = dropout_knob(build_model(task, Settings(seed=0)), Prescription(remedy="raise-dropout"))
    study = tune(TaskSource(task=task), knob, store=tmp_path)
    staged = [trial for trial in study.trials if trial.earlier]
    assert staged
    for trial in staged:
        parent = next(t for t in study.trials if t.run.best_epoch == sum(s.epochs for s in trial.earlier))
        begun = parent.run.best_epoch
        curves = [each.run.history.curves["val_loss"].values[:begun] for each in (trial, parent)]
        assert curves[0] == curves[1]
    assert study.cost.epochs == sum(map(epochs_for, study.trials))
    assert not list(tmp_path.glob("runs/*/best.pt"))
    marks = [mark for row in arm_rows(study) for mark in row.marks]
    assert any(mark.startswith("on from 0.5 at epoch ") for mark in marks)
    assert study.candidate is not None
    best = min(study.trials, key=lambda trial: trial.run.score)
    assert study.candidate.earlier == best.earlier
    treated = knob.set(Settings(seed=1), study.to_prove.value, study.to_prove.earlier).treatment
    assert treated is not None
    schedules = [edit for edit in treated.edits if edit.kind is EditKind.RATE_SCHEDULE]
    assert [edit.earlier for edit in schedules] == ([best.earlier] if best.earlier else [])
    assert headline_of(study)


def _slow(parameters: object) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=5e-3)  # type: ignore[arg-type]
