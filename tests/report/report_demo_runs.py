# SPDX-License-Identifier: Apache-2.0
"""The runs of the demo report: curves that are smooth formulas with a fixed ripple, nothing trained or drawn."""

from math import exp, sin

from goodfit.values import (
    Arm,
    ArmMeans,
    Cost,
    Curve,
    Decision,
    Dose,
    Effect,
    Gate,
    Goal,
    History,
    MeasuredAs,
    Measurement,
    Run,
    RunContext,
    RunStatus,
    Split,
    Study,
    Trial,
    Verdict,
)

EPOCHS = 60


def make_history(rate: float = 0.0, epochs: int = EPOCHS, *, phase: float = 0.0) -> History:
    """A run whose validation loss turns the later, and rises the slower, the higher the dropout rate."""
    x = [float(i) for i in range(1, epochs + 1)]
    speed = 0.32 * (1 - rate) ** 1.4
    ripple = [1 + 0.012 * sin(2.3 * i + phase) * (1 if i > 4 else 0) for i in x]
    val = [
        (0.35 + 0.04 * (rate - 0.45) ** 2 / 0.2 + 1.5 * exp(-speed * i * 1.2) + 0.0055 * (1 - rate) ** 2 * i)
        * r
        for i, r in zip(x, ripple, strict=True)
    ]
    train = [0.004 + 2.0 * exp(-speed * i * 0.85) * r for i, r in zip(x, ripple, strict=True)]
    train_eval = [0.0011 + 1.7 * exp(-speed * i * 0.95) for i in x]
    accuracy = [0.912 - 0.55 * exp(-0.35 * i) + 0.003 * sin(1.7 * i) for i in x]
    curves = {
        "train_loss": Curve.of(train, x=x, split=Split.TRAIN, measured_as=MeasuredAs.EPOCH_MEAN),
        "train_loss_eval": Curve.of(train_eval, x=x, split=Split.TRAIN, measured_as=MeasuredAs.EVAL_MODE),
        "val_loss": Curve.of(val, x=x, split=Split.VALIDATION, measured_as=MeasuredAs.EVAL_MODE),
        "val_accuracy": Curve.of(
            accuracy, x=x, split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE
        ),
    }
    context = RunContext(
        train_size=700, validation_size=300, classes=10, chance_level=2.303, epochs_planned=EPOCHS
    )
    return History(curves=curves, context=context, source="mnist, 1,000 images")


def _trial(rate: float, epochs: int, behind: tuple[float, float] | None) -> Trial:
    history = make_history(rate, epochs, phase=9 * rate)
    curve = history.curves["val_loss"]
    score = min(curve.values)
    best = curve.values.index(score) + 1
    paired = None
    if behind:
        paired = Measurement(
            name="behind-best", value=behind[0], low=behind[0] - behind[1], high=behind[0] + behind[1], n=300
        )
    run = Run(
        seed=1,
        arm=Arm.TREATMENT,
        setting={"dropout rate": rate},
        history=history,
        score=score,
        best_epoch=best,
        epochs=epochs,
        seconds=0.4 * epochs,
        status=RunStatus.STOPPED_EARLY,
    )
    return Trial(value=rate, run=run, behind_best=paired)


def make_study() -> Study:
    """Four rates; 0.4 is chosen although 0.6 is lowest, for it lies within one standard error."""
    return Study(
        knob="dropout rate",
        control=_trial(0.0, EPOCHS, (0.0391, 0.0088)),
        trials=(_trial(0.2, 18, (0.0163, 0.0069)), _trial(0.4, 27, (0.0021, 0.0040)), _trial(0.6, 44, None)),
        chosen=Dose(value=0.4, low=0.2, high=0.6),
        beats_control=Measurement(name="gain", value=0.037, low=0.0282, high=0.0458, n=300),
        cost=Cost(epochs=89, share_of_plan=1.483, early_stopped_runs=5.24, seconds=35.6),
        budget_epochs=120,
        because="The smallest rate within one paired standard error of the best.",
        notes=(
            "No rate was added at the end of the range: the budget of 120 epochs would have been passed.",
        ),
    )


def make_runs() -> tuple[Run, ...]:
    """Five paired seeds."""
    gains = (0.0192, 0.0107, 0.0245, 0.0151, 0.0088)
    runs = []
    for seed, gain in enumerate(gains, start=101):
        for arm, score in ((Arm.CONTROL, 0.3412), (Arm.TREATMENT, 0.3412 - gain)):
            runs.append(
                Run(
                    seed=seed,
                    arm=arm,
                    history=History(curves={}),
                    score=score,
                    measured_on=Split.TEST,
                    best_epoch=11,
                    epochs=20,
                )
            )
    return tuple(runs)


def make_verdict(decision: Decision = Decision.IMPROVED) -> Verdict:
    """The verdict over the five seeds."""
    return Verdict(
        decision=decision,
        effect=Effect(name="gain", value=0.01566, low=0.0080, high=0.0233, method="paired t over 5 seeds"),
        example_effect=Effect(
            name="gain",
            value=0.01566,
            low=0.0098,
            high=0.0214,
            method="studentised bootstrap over 4,000 examples",
        ),
        relative=0.0459,
        margin=0.00341,
        smallest_detectable=0.0083,
        method="5 paired seeds, both arms early stopped, best checkpoint by validation, scored once on the locked test set",
        seeds=(101, 102, 103, 104, 105),
        wins=5,
        probability_better=Effect(name="P(better)", value=1.0, low=0.478, high=1.0, method="Clopper-Pearson"),
        gates=(
            Gate(
                name="S",
                test="exact one-sided sign-flip over seeds",
                improved_p=0.03125,
                worse_p=1.0,
                level=0.05,
            ),
            Gate(
                name="E",
                test="studentised bootstrap over test examples",
                improved_p=0.0002,
                worse_p=0.9998,
                level=0.05,
            ),
        ),
        means=(
            ArmMeans(metric="loss", control=0.3412, treatment=0.32554),
            ArmMeans(metric="accuracy", control=0.9012, treatment=0.9078),
        ),
        test_examples=4000,
        test_groups=4000,
        holdout_reads=1,
        because="Both gates pass: all five seeds gain, and so do the test examples.",
        limits=(
            "It holds for this recipe and for data like this test set.",
            "Five seeds find only effects larger than 1.36 times their spread.",
        ),
    )
