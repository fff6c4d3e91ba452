# SPDX-License-Identifier: Apache-2.0
"""When nothing is to be changed, and what is said where the numbers are few."""

from dataclasses import replace

from goodfit.remedies import REMEDIES, prescribe
from goodfit.values import (
    Diagnosis,
    Evidence,
    Measurement,
    Onset,
    Outcome,
    Severity,
    Threshold,
)
from remedy_cases import BY_CODE, answers, case_of


def test_a_standing_gap_is_normal() -> None:
    """No change first; regularisers only as weak options."""
    names, _, first = answers(case_of("GF102"))
    assert names == ["no-change", "raise-dropout", "weight-decay"]
    assert "normal" in first.because
    assert "97 %" in first.because


def test_thin_evidence_changes_nothing() -> None:
    """Noise: not enough evidence, with what would settle it."""
    names, left, first = answers(case_of("GF401"))
    assert names == ["no-change"]
    assert first.because.startswith("not enough evidence")
    assert "What would settle it: " in first.expected
    assert len(left) == len(REMEDIES)


def test_a_healthy_run_is_kept() -> None:
    """When every rule looked and ruled its finding out, nothing is to be changed, with the numbers."""
    diagnoses = tuple(_line(code, outcome=Outcome.ABSENT) for code in BY_CODE)
    (only,) = prescribe(diagnoses)
    assert only.remedy == "no-change"
    assert only.because.startswith("no finding")
    assert only.expected == "Keep the training as it is."


def test_missing_curves_and_failed_rules_are_asked_for() -> None:
    """A rule without its curve asks for the curve; a rule that failed is reported; no diagnosis is no evidence."""
    lacking = replace(_line("GF101", outcome=Outcome.NOT_APPLICABLE), needs_missing=("a validation curve",))
    failed = _line("GF201", outcome=Outcome.ERROR)
    (only,) = prescribe((lacking, failed))
    assert "log a validation curve" in only.expected
    assert "failure of GF201" in only.expected
    assert prescribe(())[0].expected == "What would settle it: diagnose the run."


def test_diagnoses_alone_are_enough_for_the_numbers() -> None:
    """Without a history the numbers come from the evidence; those nobody took are called not logged."""
    line = replace(_line("GF101", {"rise-after-minimum": 120.0}), onset=Onset(epoch=7.0, low=6.0, high=8.0))
    first, second, *_ = prescribe((line,))
    assert first.because.startswith("validation loss has got worse by 120 % since epoch 7")
    assert "how much of the training loss is left was not logged" in first.because
    assert second.expected.startswith("Keep the checkpoint of epoch 7")
    (gap, *_) = prescribe((_line("GF102", {"gap": float("nan")}),))
    assert "could not be measured" in gap.because


def test_underfitting_that_still_falls_a_little_is_also_trained_longer() -> None:
    """A training curve that still falls by 3 % of its way per quarter makes more epochs worth trying."""
    diagnoses = (_line("GF201", {"remaining-share": 0.7, "late-change": -0.03, "gap": 0.01}),)
    names = [each.remedy for each in prescribe(diagnoses)]
    assert names == ["more-nodes", "train-longer"]


def _line(
    code: str, measured: dict[str, float] | None = None, *, outcome: Outcome = Outcome.PRESENT
) -> Diagnosis:
    """A diagnosis as a rule would give it, with these measurements as evidence."""
    evidence = tuple(
        Evidence(
            measurement=Measurement.exact(name, value),
            threshold=Threshold(name=name, value=0.0, because="an example"),
        )
        for name, value in (measured or {}).items()
    )
    severity = Severity.WARNING if outcome is Outcome.PRESENT else None
    return Diagnosis(
        code=code,
        name=BY_CODE[code].name,
        outcome=outcome,
        severity=severity,
        evidence=evidence,
        message="So it is.",
    )
