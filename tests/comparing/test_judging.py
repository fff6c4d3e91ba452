# SPDX-License-Identifier: Apache-2.0
"""Scored trainings become candidates: decisions, controls, corrections."""

from typing import Any

import numpy as np
import pytest

from goodfit.values import Candidate, Comparison, Decision, Moment, Part, dumps, loads
from made_up_comparison import comparison, entry, judged, usual


def _of(candidates: tuple[Candidate, ...], name: str) -> Candidate:
    return next(one for one in candidates if one.name == name)


def test_decisions_follow_the_losses() -> None:
    """A clear gain is IMPROVED, a clear loss WORSE, nothing at all EQUIVALENT, a wide spread UNDECIDED."""
    found = judged(
        [
            entry("raise-dropout", 0.05, 0.005, part=Part.PRIMARY),
            entry("l1", -0.05, 0.005),
            entry("weight-decay", 0.0, 0.0001),
            entry("more-nodes", 0.0, 0.05),
        ]
    )
    assert _of(found, "raise-dropout").decision is Decision.IMPROVED
    assert _of(found, "l1").decision is Decision.WORSE
    assert _of(found, "weight-decay").decision is Decision.EQUIVALENT
    assert _of(found, "more-nodes").decision is Decision.UNDECIDED


def test_an_arm_against_itself_is_equivalent() -> None:
    """The same trainings under another name gain nothing, and nothing is claimed."""
    one = _of(judged([entry("weight-decay", part=Part.PRIMARY)]), "weight-decay")
    assert one.verdict is not None
    assert one.verdict.effect.value == 0
    assert one.decision is Decision.EQUIVALENT


def test_the_lot_is_the_mean_of_the_single_remedies() -> None:
    """Seed by seed and example by example; combinations and failures have no part in it."""
    singles = [entry("l1", 0.02, 0.01), entry("weight-decay", -0.04, 0.01)]
    found = judged([*singles, entry("l1 + weight-decay", 0.2), entry("batch-norm", failed="it diverged")])
    lot = _of(found, "random-remedy")
    expected = np.mean([[run.best.score for run in one.scored] for one in singles], axis=0)
    assert lot.losses == pytest.approx(expected)
    assert lot.part is Part.CHANCE
    assert lot.adjusted_p is None


def test_a_claim_that_the_correction_takes_back() -> None:
    """The primary remedy keeps its p value; the same trainings among many others have a larger one."""
    same: dict[str, Any] = {"gain": 0.02, "spread": 0.02}
    primary = _of(judged([entry("raise-dropout", **same, part=Part.PRIMARY)]), "raise-dropout")
    others = [entry(f"other-{place}") for place in range(9)]
    beside = _of(judged([*others, entry("raise-dropout", **same)]), "raise-dropout")
    assert primary.adjusted_p is not None
    assert beside.adjusted_p is not None
    assert beside.adjusted_p == pytest.approx(min(1.0, 10 * primary.adjusted_p))


def test_a_failed_remedy_is_reported_last() -> None:
    """With its reason and no verdict; the others are judged as if it were not there."""
    found = judged([entry("l1", 0.05, 0.005), entry("batch-norm", failed="it diverged")])
    assert found[-1].name == "batch-norm"
    assert found[-1].failed == "it diverged"
    assert found[-1].verdict is None
    assert _of(found, "l1").decision is Decision.IMPROVED


def test_the_reference_and_the_last_epoch() -> None:
    """Early stopping alone is held against nothing; the last epoch of its trainings is a row of its own, and worse."""
    found = judged([entry("l1", 0.0, 0.02)])
    reference, untreated = _of(found, "early-stopping"), _of(found, "untreated")
    assert reference.verdict is None
    assert untreated.decision is Decision.WORSE
    assert np.mean(untreated.losses) == pytest.approx(np.mean(reference.losses) + 0.3)
    assert {score.moment for score in reference.scores} == set(Moment)


def test_changes_are_paired_by_seed() -> None:
    """A trait that doubles in every seed has a change with an interval that excludes 0; one that stays has none."""
    found = judged([entry("l1", traits={"weight-norm": 6.0})])
    changes = {each.name: each for each in _of(found, "l1").changes}
    assert changes["weight-norm-change"].high < 0
    assert changes["gap-at-end-change"].value == 0


def test_one_seed_compares_checkpoints() -> None:
    """A single pair has no interval over seeds, and every sentence can still be written."""
    found = comparison(entry("raise-dropout", 0.05, seeds=1, part=Part.PRIMARY))
    assert found.answer
    assert all(one.because for one in found.candidates)


def test_a_comparison_survives_json() -> None:
    """What is written is read as it was."""
    found = usual()
    assert dumps(loads(Comparison, dumps(found))) == dumps(found)
