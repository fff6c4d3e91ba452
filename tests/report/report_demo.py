# SPDX-License-Identifier: Apache-2.0
"""A whole report made of plain values: an MLP that overfits for 60 epochs, is changed, tuned and proven.

Tests load it with `runpy`, so that it needs no package around it; its runs stand in report_demo_runs.py.
"""

import runpy
from pathlib import Path
from typing import Any

from goodfit.values import (
    Diagnosis,
    Direction,
    Dose,
    Edit,
    EditKind,
    Evidence,
    Grade,
    LayerFacts,
    LayerKind,
    LookAlike,
    Measurement,
    ModelFacts,
    Onset,
    Outcome,
    Phase,
    Prescription,
    Provenance,
    Rejection,
    Report,
    Severity,
    Skip,
    Source,
    Threshold,
    Treatment,
)

RUNS: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("report_demo_runs.py")))


def _evidence(
    measurement: Measurement, limit: float, because: str, direction: Direction = Direction.ABOVE
) -> Evidence:
    threshold = Threshold(
        name=measurement.name, value=limit, unit=measurement.unit, direction=direction, because=because
    )
    return Evidence(measurement=measurement, threshold=threshold)


def make_diagnoses() -> tuple[Diagnosis, ...]:
    """Every outcome once, with overfitting as the finding."""
    rise = Measurement(name="rise-after-minimum", value=38.24, low=33.1, high=43.04, unit="%", n=60)
    since = Measurement.exact("evaluations-since-minimum", 49, unit="evaluations", n=60)
    fall = Measurement(
        name="late-change-of-training-loss", value=-0.021, low=-0.024, high=-0.018, unit="share", n=50
    )
    gap = Measurement(name="gap", value=0.99, low=0.98, high=1.0, unit="share", n=12)
    overfitting = Diagnosis(
        code="GF101",
        name="overfitting",
        outcome=Outcome.PRESENT,
        severity=Severity.ERROR,
        onset=Onset(epoch=11, low=9, high=14),
        evidence=(
            _evidence(rise, 5, "twice the largest rise that noise alone gave in 1,000 simulated runs"),
            _evidence(since, 3, "a minimum followed by fewer evaluations may still be passed"),
            _evidence(fall, 0, "the training loss must still fall", Direction.BELOW),
        ),
        told_apart_from=(LookAlike(code="GF401", by="the rise exceeds the noise of the validation curve"),),
        message="Validation loss has risen 38.2 % above its minimum of epoch 11 while training loss still falls.",
        advice="Keep the checkpoint of epoch 11. Then raise dropout and train again: `goodfit fix mnist`.",
    )
    return (
        overfitting,
        Diagnosis(
            code="GF102", name="standing-gap", outcome=Outcome.ABSENT, evidence=(_evidence(gap, 2, "…"),)
        ),
        Diagnosis(code="GF201", name="underfitting", outcome=Outcome.ABSENT),
        Diagnosis(code="GF202", name="still-improving", outcome=Outcome.ABSENT),
        Diagnosis(
            code="GF203",
            name="stalled",
            outcome=Outcome.INCONCLUSIVE,
            evidence=(
                _evidence(Measurement(name="late-change", value=-1.0, low=-2.6, high=0.6, unit="%"), 0, "…"),
            ),
            message="The training loss changes too little to tell falling from standing still.",
        ),
        Diagnosis(
            code="GF301", name="diverging", outcome=Outcome.NOT_APPLICABLE, needs_missing=("train_grad_norm",)
        ),
        Diagnosis(code="GF401", name="noisy-validation", outcome=Outcome.ABSENT),
        Diagnosis(
            code="GF402",
            name="short-history",
            outcome=Outcome.ERROR,
            message="ZeroDivisionError: division by zero",
        ),
    )


def make_phases() -> tuple[Phase, ...]:
    """The four phases, the last one reached."""
    return (
        Phase(name="both losses fall", start=1, end=10),
        Phase(name="validation turns", start=11, end=14, note="lowest at epoch 11"),
        Phase(name="the gap opens", start=15, end=38),
        Phase(name="validation far above training", start=39, end=60),
    )


def make_prescriptions() -> tuple[Prescription, ...]:
    """Raise dropout, then early stopping; the rest rejected."""
    rejected = (
        Rejection(
            remedy="train-longer",
            because="nothing is left to learn: training loss in evaluation mode is 0.05 % of chance level",
        ),
        Rejection(
            remedy="raise-learning-rate",
            because="this is no saddle: the gradient norm fell to 1.8 % of its early value",
        ),
        Rejection(
            remedy="more-nodes",
            because="the training set is already fitted: training loss is 0.0011, 0.05 % of chance level",
        ),
        Rejection(remedy="batch-norm", because="the network trains without trouble: no plateau in 60 epochs"),
        Rejection(remedy="lower-dropout", because="the model has no dropout that could be lowered"),
    )
    source = Source(
        key="srivastava2014dropout",
        place="Table 9",
        says="dropout took the test error of an MNIST network from 1.62 % (L2) to 1.25 %",
        grade=Grade.REPLICATED,
    )
    return (
        Prescription(
            remedy="raise-dropout",
            where=("fc1", "fc2"),
            dose=Dose(value=0.4, low=0.2, high=0.6, unit=""),
            because="overfitting since epoch 11: validation loss stands 38.2 % above its minimum",
            expected="validation loss turns later and rises more slowly; its minimum lies lower",
            risk="training takes longer: the best epoch moves back roughly by 1/(1-p)²",
            rejected=rejected,
            sources=(source,),
        ),
        Prescription(
            remedy="early-stopping",
            because="the best checkpoint is 49 epochs old",
            expected="the same best checkpoint for 27 % of the epochs",
            risk="none for the result",
            rejected=rejected,
        ),
    )


def make_treatment() -> Treatment:
    """Two edits and a place left alone."""
    return Treatment(
        prescription=make_prescriptions()[0],
        edits=(
            Edit(
                path="fc1",
                kind=EditKind.INSERT_DROPOUT,
                before=None,
                after=0.4,
                code="self.fc1 = nn.Sequential(nn.Dropout(p=0.4), self.fc1)",
            ),
            Edit(
                path="drop2",
                kind=EditKind.SET_RATE,
                before=0.1,
                after=0.4,
                code="self.drop2 = nn.Dropout(p=0.4)  # was p=0.1",
            ),
        ),
        skipped=(
            Skip(path="conv1", because="a convolution at the input: dropout there costs more than it brings"),
        ),
        model_fingerprint="4f1c",
    )


def make_model() -> ModelFacts:
    """The layers of a small MLP."""
    return ModelFacts(
        type_name="MLP",
        layers=(
            LayerFacts(
                path="fc1",
                kind=LayerKind.LINEAR,
                type_name="Linear",
                in_features=784,
                out_features=256,
                parameters=200_960,
                order=0,
            ),
            LayerFacts(path="drop2", kind=LayerKind.DROPOUT, type_name="Dropout", rate=0.1, order=1),
            LayerFacts(
                path="fc2",
                kind=LayerKind.LINEAR,
                type_name="Linear",
                in_features=256,
                out_features=10,
                parameters=2_570,
                order=2,
            ),
        ),
        parameters=203_530,
        trainable_parameters=203_530,
        traced=True,
        fingerprint="4f1c",
    )


def make_provenance() -> Provenance:
    """Where the demo report came from."""
    return Provenance(
        goodfit="0.1.0",
        python="3.12.4",
        torch="2.13.0",
        platform="Linux x86_64, 2 cores",
        created="2026-01-15T10:20:30Z",
        command="goodfit fix mnist --report report.html",
        task="mnist",
        seed=0,
    )


def make_report() -> Report:
    """The whole story."""
    return Report(
        history=RUNS["make_history"](),
        diagnoses=make_diagnoses(),
        phases=make_phases(),
        prescriptions=make_prescriptions(),
        model=make_model(),
        treatment=make_treatment(),
        study=RUNS["make_study"](),
        runs=RUNS["make_runs"](),
        verdict=RUNS["make_verdict"](),
        notes=(
            "No test set was given: 4,000 images were set aside, stratified by class, before anything was trained.",
        ),
        provenance=make_provenance(),
    )
