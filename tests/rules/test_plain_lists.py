# SPDX-License-Identifier: Apache-2.0
"""`diagnose` from plain lists, and from a metric to maximise."""

import pytest

import goodfit
from goodfit.errors import NoCurvesError, SettingsError
from goodfit.values import Diagnosis, Outcome

FALLING = [2 / (i + 1) for i in range(40)]
TURNING = [1 / (i + 1) + 0.02 * i + 0.5 for i in range(40)]


def _named(diagnoses: tuple[Diagnosis, ...], name: str) -> Diagnosis:
    return next(each for each in diagnoses if each.name == name)


def test_lists_are_judged_like_a_log() -> None:
    """Two lists are enough, and epochs count from 0."""
    found = _named(goodfit.diagnose(train_loss=FALLING, val_loss=TURNING), "overfitting")
    assert found.outcome is Outcome.PRESENT
    assert found.onset is not None
    assert found.onset.low <= 6 <= found.onset.high


def test_missing_points_are_allowed() -> None:
    """None marks an epoch without validation."""
    sparse = [value if i % 2 else None for i, value in enumerate(TURNING)]
    assert (
        _named(goodfit.diagnose(train_loss=FALLING, val_loss=sparse), "overfitting").outcome
        is Outcome.PRESENT
    )


def test_a_metric_to_maximise_is_enough() -> None:
    """An accuracy that peaks and falls while training accuracy goes on rising is overfitting too."""
    train = [1 - 0.5 / (i + 1) for i in range(40)]
    peak = [0.9 - 0.3 / (i + 1) - 0.004 * i for i in range(40)]
    found = _named(goodfit.diagnose(train_accuracy=train, val_accuracy=peak), "overfitting")
    assert found.outcome is Outcome.PRESENT
    rising = [0.9 - 0.3 / (i + 1) for i in range(40)]
    healthy = _named(goodfit.diagnose(train_accuracy=train, val_accuracy=rising), "overfitting")
    assert healthy.outcome is Outcome.ABSENT


def test_training_loss_alone() -> None:
    """The rules that need validation say what is missing; the others judge."""
    diagnoses = goodfit.diagnose(train_loss=FALLING)
    assert _named(diagnoses, "overfitting").outcome is Outcome.NOT_APPLICABLE
    assert _named(diagnoses, "overfitting").needs_missing
    assert _named(diagnoses, "diverging").outcome is Outcome.ABSENT
    assert goodfit.healthy(diagnoses) is Outcome.NOT_APPLICABLE


def test_one_source_at_a_time() -> None:
    """A history and lists together, or nothing at all, is a mistake that is named."""
    history = goodfit.History(curves={})
    with pytest.raises(SettingsError, match="both a history and val_loss"):
        goodfit.diagnose(history, val_loss=TURNING)
    with pytest.raises(NoCurvesError, match="no values"):
        goodfit.diagnose()
