# SPDX-License-Identifier: Apache-2.0
"""The arms of a search as trials of an Optuna study that the user has already.

    study = optuna.load_study(study_name="mine", storage="sqlite:///study.db")
    tune(task, knob, study=study)      # each arm is a trial with its curve; dashboards show them as they end
    study.optimize(objective)          # and the user's own objective goes on with them

The study is added to, never changed. The doses are chosen by goodfit's strategy: no sampler of Optuna is asked, and what
other trials of the study found is told and not mixed in, because their losses cannot be paired with ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from statistics import stdev
from typing import Any

from goodfit.errors import MissingExtraError, SettingsError
from goodfit.execution import Job
from goodfit.report.words import number, plural, stages
from goodfit.tuning.hearing import earlier_of
from goodfit.tuning.strategy import Most, SoFar
from goodfit.values import ArmEnd, RateStage, Run

OURS = "goodfit_task"  # user attribute: the fingerprint of the task, by which our trials are known again


def imported_optuna() -> Any:
    """Optuna's module.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError(
            "optuna is needed to add trials to its studies, and is not installed",
            todo="pip install 'goodfit[tune]'",
        ) from error
    return optuna


def stored_study(storage: str, name: str) -> Any:
    """The study of that name in a storage.

    Raises:
        MissingExtraError: optuna is not installed.
        SettingsError: there is no such storage, or no such study in it.
    """
    optuna = imported_optuna()
    kind, _, path = storage.partition(":///")
    if kind == "sqlite" and not Path(path).is_file():
        raise SettingsError(f"there is no file {path}", where="--optuna", todo="name the study's storage")
    try:
        names = optuna.get_all_study_names(storage)
        if name in names:
            return optuna.load_study(study_name=name, storage=storage)
    except Exception as error:  # SQLAlchemy and every other backend raise errors of their own
        raise SettingsError(
            f"the storage cannot be opened: {type(error).__name__}: {str(error).partition(chr(10))[0]}",
            where="--optuna",
            todo="name it as optuna does: sqlite:///study.db",
        ) from error
    raise SettingsError(
        f"the storage has no study {name!r}",
        where="--study-name",
        todo=f"it has {', '.join(map(repr, sorted(names))) or 'none'}",
    )


@dataclass(slots=True)
class Recorder:
    """Hears a search and adds its arms to a study.

    Args:
        study: an optuna.Study that minimises one value.
        param: the parameter's name there; None: the knob's, with underscores: "dropout_rate".

    Raises:
        SettingsError: the study maximises, has several objectives, or its parameter of that name cannot hold a dose.
    """

    study: Any
    param: str | None = None
    folder: str | None = None
    _fingerprint: str = ""
    _distribution: Any = None
    _before: int = 0  # trials that were there already
    _earlier: dict[float, tuple[RateStage, ...]] = field(default_factory=dict)  # rates before that of an arm

    def __post_init__(self) -> None:
        optuna = imported_optuna()
        directions = list(getattr(self.study, "directions", ()))
        if directions != [optuna.study.StudyDirection.MINIMIZE]:
            raise SettingsError(
                f"the Optuna study has the directions {', '.join(each.name.lower() for each in directions) or 'of none'}",
                where="study",
                todo="arms are judged by their validation loss: give a study that minimises one value",
            )

    def start(self, so_far: SoFar, most: Most) -> None:
        """Add the user's own run."""
        del most
        knob, optuna = so_far.knob, imported_optuna()
        self._fingerprint = so_far.fingerprint
        self.param = self.param or knob.name.replace(" ", "_")
        self._before = len(self.study.trials)
        tried = (knob.own, *knob.values, *knob.fine, knob.milder, knob.stronger)
        values = [each for each in tried if each is not None]
        known = [t.distributions[self.param] for t in self.study.trials if self.param in t.distributions]
        self._distribution = _holding(values, known, self.param, optuna)
        self._add(knob.own, so_far.own, optuna.trial.TrialState.COMPLETE, {"goodfit_arm": "own"})

    def begin(self, jobs: Mapping[float, Job]) -> None:
        """Note what arms begin with; an arm is added when it has ended."""
        self._earlier = {value: earlier_of(job) for value, job in jobs.items()}

    def ended(self, value: float, run: Run | None, end: ArmEnd | None, because: str) -> None:
        """Add an arm; one that was stopped by Ctrl-C is added when it has ended."""
        states = imported_optuna().trial.TrialState
        if end is ArmEnd.INTERRUPTED or (run is None and because != "diverged"):
            return
        if run is None:
            self._add(value, None, states.FAIL, {"goodfit_ended": because})
        else:
            state = states.PRUNED if end is ArmEnd.CUT else states.COMPLETE
            earlier = self._earlier.get(value, ())
            said = {"goodfit_schedule": stages(value, earlier)} if earlier else {}
            self._add(value, run, state, {"goodfit_ended": str(end), **said})

    def said(self) -> tuple[str, ...]:
        """What the study knows of the same parameter from elsewhere."""
        states = imported_optuna().trial.TrialState
        others = [
            trial
            for trial in self.study.trials[: self._before]
            if trial.state == states.COMPLETE and self.param in trial.params and OURS not in trial.user_attrs
        ]
        if not others:
            return ()
        best = min(others, key=lambda trial: trial.value)
        said = (
            f"the Optuna study {self.study.study_name} holds {plural(len(others), 'finished trial')} of {self.param} from "
            f"elsewhere, the best at {number(float(best.params[self.param]))} with {number(best.value)}; "
            "they were not mixed in, because their losses cannot be paired with these"
        )
        return (said,)

    def _add(self, value: float, run: Run | None, state: Any, said: Mapping[str, str]) -> None:
        """Add a trial, unless it is there from an earlier search."""
        optuna = imported_optuna()
        attributes = {OURS: self._fingerprint, **said, **(_measured(run) if run is not None else {})}
        same = (
            trial
            for trial in self.study.get_trials(deepcopy=False, states=(state,))
            if trial.params.get(self.param) == value
            and all(
                trial.user_attrs.get(key) == attributes.get(key)
                for key in (OURS, "goodfit_epochs", "goodfit_val_loss")
            )
        )
        if next(same, None) is not None:
            return
        curve = run.history.curves["val_loss"].values if run is not None else ()
        self.study.add_trial(
            optuna.trial.create_trial(
                state=state,
                value=run.score if run is not None else None,
                params={self.param: value},
                distributions={self.param: self._distribution},
                user_attrs=attributes,
                intermediate_values=dict(enumerate(curve, start=1)),
            )
        )


def _measured(run: Run) -> dict[str, float]:
    """What a run measured, as user attributes."""
    losses = run.per_example
    found = {
        "goodfit_epochs": float(run.epochs),
        "goodfit_best_epoch": float(run.best_epoch),
        "goodfit_seconds": run.seconds,
        "goodfit_val_loss": run.score,
        "goodfit_seed": float(run.seed),
    }
    if len(losses) > 1:
        found["goodfit_val_loss_se"] = stdev(losses) / sqrt(len(losses))
    return found


def _holding(values: list[float], known: list[Any], param: str, optuna: Any) -> Any:
    """A distribution that holds all doses and goes together with the one that the study has for the parameter."""
    kinds = optuna.distributions
    before = known[-1] if known else kinds.FloatDistribution(min(values), max(values))
    if isinstance(before, kinds.FloatDistribution) and before.step is None:
        low, high = min(before.low, *values), max(before.high, *values)
        if not (before.log and low <= 0):
            return kinds.FloatDistribution(low, high, log=before.log)
    elif isinstance(before, kinds.CategoricalDistribution) and set(values) <= set(before.choices):
        return before
    raise SettingsError(
        f"the Optuna study has a parameter {param!r} that cannot hold {', '.join(f'{each:g}' for each in values)}: {before}",
        where="study",
        todo="give a study without it, or Recorder(study, param=...) another name",
    )
