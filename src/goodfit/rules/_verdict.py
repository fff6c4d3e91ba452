# SPDX-License-Identifier: Apache-2.0
"""All rules over one history, and what their lines amount to together."""

from collections.abc import Iterable, Sequence
from typing import Any

from goodfit.errors import SettingsError
from goodfit.rules._rule import Rule, diagnose_one
from goodfit.rules.blurred_training_loss import BlurredTrainingLoss
from goodfit.rules.diverging import Diverging
from goodfit.rules.double_softmax import DoubleSoftmax
from goodfit.rules.eval_mode_mismatch import EvalModeMismatch
from goodfit.rules.few_training_points import FewTrainingPoints
from goodfit.rules.frozen_metric import FrozenMetric
from goodfit.rules.gap_from_the_start import GapFromTheStart
from goodfit.rules.learning_rate_step import LearningRateStep
from goodfit.rules.loss_spikes import LossSpikes
from goodfit.rules.noisy_validation import NoisyValidation
from goodfit.rules.oscillating import Oscillating
from goodfit.rules.over_regularised import OverRegularised
from goodfit.rules.overconfident import Overconfident
from goodfit.rules.overfitting import Overfitting
from goodfit.rules.plateau import Plateau
from goodfit.rules.restarted import Restarted
from goodfit.rules.second_descent import SecondDescent
from goodfit.rules.short_history import ShortHistory
from goodfit.rules.single_pass import SinglePass
from goodfit.rules.small_validation import SmallValidation
from goodfit.rules.stalled import Stalled
from goodfit.rules.standing_gap import StandingGap
from goodfit.rules.still_improving import StillImproving
from goodfit.rules.suspected_leakage import SuspectedLeakage
from goodfit.rules.underfitting import Underfitting
from goodfit.rules.unlike_losses import UnlikeLosses
from goodfit.rules.validation_below_training import ValidationBelowTraining
from goodfit.values import Diagnosis, History, Outcome, Results, Severity

RULES: tuple[Rule, ...] = (
    Overfitting(),
    StandingGap(),
    Overconfident(),
    ValidationBelowTraining(),
    GapFromTheStart(),
    SuspectedLeakage(),
    SecondDescent(),
    Underfitting(),
    StillImproving(),
    Stalled(),
    OverRegularised(),
    Plateau(),
    FrozenMetric(),
    DoubleSoftmax(),
    Diverging(),
    Oscillating(),
    LossSpikes(),
    LearningRateStep(),
    NoisyValidation(),
    ShortHistory(),
    BlurredTrainingLoss(),
    SmallValidation(),
    FewTrainingPoints(),
    Restarted(),
    UnlikeLosses(),
    EvalModeMismatch(),
    SinglePass(),
)

# Which finding is named first: what makes two curves no single training or no training at all; what makes their
# comparison meaningless; faults of the data; then what is wrong with the fit, the more specific name before the more
# general one; what the run could still gain (a run that learns slowly still learns: GF202 before GF203); what is normal;
# last what limits the judgement.
PRECEDENCE = (
    *("GF301", "GF406", "GF207", "GF206"),
    *("GF408", "GF407", "GF106", "GF105"),
    *("GF302", "GF103", "GF101", "GF204", "GF201", "GF303"),
    *("GF202", "GF203", "GF107", "GF205", "GF102"),
    *("GF104", "GF403", "GF304"),
    *("GF402", "GF405", "GF404", "GF409", "GF401"),
)

# What "healthy" rests on: these must have been looked at and settled. Every other rule spoils health by a finding
# only, never because it needs a fact that few logs hold.
HEALTH_RESTS_ON = ("GF101", "GF201", "GF203", "GF301")

# Findings about the evidence: they say that a silence of the other rules means little.
EVIDENCE_CODES = ("GF401", "GF402")


def diagnose(
    history: History | None = None,
    *,
    train_loss: Iterable[Any] | None = None,
    val_loss: Iterable[Any] | None = None,
    **metrics: Iterable[Any] | None,
) -> tuple[Diagnosis, ...]:
    """Judge a training by every rule: one Diagnosis each, in the order of RULES.

    A rule that fails gives Outcome.ERROR and the others go on; a rule that lacks a curve gives NOT_APPLICABLE.

    Args:
        history: of the training; or leave it out and give plain lists.
        train_loss: one value an epoch, None where nothing was measured.
        val_loss: the same for validation.
        metrics: further lists by name, such as `val_accuracy=`; their goal follows from the name.

    Raises:
        SettingsError: both or neither were given, the history is none, or a list holds something else than numbers.
    """
    lists = {"train_loss": train_loss, "val_loss": val_loss, **metrics}
    given = {name: series for name, series in lists.items() if series is not None}
    if history is not None and given:
        raise SettingsError(
            f"both a history and {', '.join(given)} were given", todo="give the history, or the lists"
        )
    _check_kind(history)
    if history is None:
        from goodfit.readers import history_from_lists

        history = history_from_lists(**given)
    return Results(diagnose_one(rule, history) for rule in RULES)


def _check_kind(history: object) -> None:
    """A path or a table would make every rule fail, each in its own words."""
    if history is None or isinstance(history, History):
        return
    kind = type(history).__name__
    raise SettingsError(
        f"expected a History, found {'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}",
        todo="use goodfit.read_history(path), or give the lists as train_loss= and val_loss=",
    )


def healthy(diagnoses: Sequence[Diagnosis]) -> Outcome:
    """Whether the run is healthy, with the same honesty as a single rule.

    ABSENT when any finding is a WARNING or worse. PRESENT only when the rules that health rests on were really
    looked at and found nothing but notes on what is normal (a standing gap, a rise below 5 %, a slow late gain). Else
    NOT_APPLICABLE when one of them lacked a curve or is not among `diagnoses`, INCONCLUSIVE when one could not settle its question, a rule
    failed, or the curves were found too short or too noisy.
    """
    found = [each for each in diagnoses if each.outcome is Outcome.PRESENT]
    if any(each.severity is not None and each.severity.rank >= Severity.WARNING.rank for each in found):
        return Outcome.ABSENT
    vital = {each.code: each.outcome for each in diagnoses if each.code in HEALTH_RESTS_ON}
    if Outcome.NOT_APPLICABLE in vital.values() or len(vital) < len(HEALTH_RESTS_ON):
        return Outcome.NOT_APPLICABLE
    failed = any(each.outcome is Outcome.ERROR for each in diagnoses)
    unsettled = failed or Outcome.INCONCLUSIVE in vital.values()
    if unsettled or any(each.code in EVIDENCE_CODES for each in found):
        return Outcome.INCONCLUSIVE
    return Outcome.PRESENT


def headline(diagnoses: Sequence[Diagnosis]) -> Diagnosis | None:
    """The finding to name first, by PRECEDENCE; None when no rule found anything."""
    found = {each.code: each for each in diagnoses if each.outcome is Outcome.PRESENT}
    return next((found[code] for code in PRECEDENCE if code in found), None)
