# SPDX-License-Identifier: Apache-2.0
"""How often the overfitting verdict is right: on labelled histories, on drawn curves, on hand-made logs.

    python bench/diagnose_accuracy.py > bench/results/diagnose_accuracy.md

The labelled set (419 simulated histories of the OverfitGuard project, asgaardlab/OverfitGuard, its folder
data/training) is not ours to pass on: put it as `histories_simulated/histories.json.gz` into the folder named by
GOODFIT_DATA (default ../shared/data): a JSON list of {"train": [...], "val": [...], "label": "overfit" or
"non_overfit"}. Without it that part is left out.
"""

import gzip
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodfit.measures import onset
from goodfit.rules import diagnose, headline
from goodfit.values import Curve, Diagnosis, History, Outcome, Severity, Split

Floats = NDArray[np.float64]
DATA = Path(os.environ.get("GOODFIT_DATA", "../shared/data")) / "histories_simulated" / "histories.json.gz"
SPLIT_SEED = 0  # of the halves: rules were developed on the first one only
CURVES = 150
EPOCHS = 60
NOISES = (0.005, 0.02, 0.05)


def history(train: Sequence[float] | Floats, val: Sequence[float] | Floats) -> History:
    """Two plain lists as a history, epochs counted from 1."""
    x = range(1, len(val) + 1)
    return History(
        curves={
            "train_loss": Curve.of(map(float, train), x=x, split=Split.TRAIN),
            "val_loss": Curve.of(map(float, val), x=x, split=Split.VALIDATION),
        }
    )


def overfitting(diagnoses: Sequence[Diagnosis]) -> Diagnosis:
    """The line of GF101."""
    return next(each for each in diagnoses if each.code == "GF101")


def labelled() -> str:
    """Precision, recall and macro-F1 of GF101 on both halves of the labelled set."""
    if not DATA.exists():
        return (
            f"Left out: {DATA.name} is not in the folder named by GOODFIT_DATA (see the head of the script)."
        )
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        entries: list[dict[str, Any]] = json.load(file)
    order = list(range(len(entries)))
    Random(SPLIT_SEED).shuffle(order)
    half = len(order) // 2
    rows = [
        "| half | finding | n | TP | FP | FN | precision | recall | macro-F1 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, part in (("developed on", order[:half]), ("set aside", order[half:])):
        found = [overfitting(diagnose(history(entries[i]["train"], entries[i]["val"]))) for i in part]
        truth = [entries[i]["label"] == "overfit" for i in part]
        present = [each.outcome is Outcome.PRESENT for each in found]
        warned = [each.severity in (Severity.WARNING, Severity.ERROR) for each in found]
        rows.append(_scores(f"{name} | PRESENT", truth, present))
        rows.append(_scores(f"{name} | PRESENT, WARNING or ERROR", truth, warned))
    return "\n".join(rows)


def _scores(name: str, truth: list[bool], said: list[bool]) -> str:
    counts = Counter(zip(truth, said, strict=True))
    tp, fp, fn, tn = (counts[key] for key in ((True, True), (False, True), (True, False), (False, False)))
    f1 = 2 * tp / (2 * tp + fp + fn)
    f1_other = 2 * tn / (2 * tn + fp + fn)
    return (
        f"| {name} | {len(truth)} | {tp} | {fp} | {fn} | {tp / (tp + fp):.3f} | {tp / (tp + fn):.3f}"
        f" | {(f1 + f1_other) / 2:.3f} |"
    )


def healthy_curve(draw: np.random.Generator, noise: float, correlation: float) -> History:
    """A converged run with a gap of 2 to 25 %."""
    t = np.arange(EPOCHS)
    level, scale, pace, gap = (
        draw.uniform(0.2, 0.8),
        draw.uniform(1, 2),
        draw.uniform(3, 9),
        draw.uniform(0.02, 0.25),
    )
    fall = scale * np.exp(-t / pace)
    train = (
        (level * (1 - gap) + fall) * (1 - 0.05 * t / EPOCHS) * (1 + noise / 4 * draw.standard_normal(EPOCHS))
    )
    return history(train, (level + fall) * (1 + noise * wander(draw, correlation)))


def overfit_curve(draw: np.random.Generator, noise: float) -> tuple[History, int]:
    """A run whose validation rises by 15 to 60 %, and the true epoch of its minimum (from 1)."""
    t = np.arange(EPOCHS)
    level, scale, pace = draw.uniform(0.4, 1.0), draw.uniform(1, 2), draw.uniform(2, 8)
    turn, rise, power = draw.uniform(6, 35), draw.uniform(0.15, 0.6), draw.choice([0.7, 1.0, 1.3])
    after = np.clip(t - turn, 0, None) ** power
    clean = level + scale * np.exp(-t / pace) + level * rise * after / after[-1]
    train = (0.02 + 2 * np.exp(-t / draw.uniform(5, 15))) * (1 + noise / 4 * draw.standard_normal(EPOCHS))
    return history(train, clean * (1 + noise * draw.standard_normal(EPOCHS))), int(np.argmin(clean)) + 1


def wander(draw: np.random.Generator, correlation: float) -> Floats:
    """Noise of unit variance whose neighbours are correlated."""
    drawn = draw.standard_normal(EPOCHS)
    for i in range(1, EPOCHS):
        drawn[i] = correlation * drawn[i - 1] + np.sqrt(1 - correlation**2) * drawn[i]
    return drawn


def grid() -> str:
    """False alarms, recall, and how well the onset is placed, by noise."""
    head = (
        "noise",
        "false alarms",
        "the same, noise correlated .5",
        ".8",
        "recall",
        "missed: inconclusive",
        "onset MAE (epochs)",
        "MAE of the raw argmin",
        "interval holds the truth",
        "its mean width",
    )
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for noise in NOISES:
        alarms = [false_alarms(noise, correlation) for correlation in (0.0, 0.5, 0.8)]
        draw = np.random.default_rng(1)
        drawn = [overfit_curve(draw, noise) for _ in range(CURVES)]
        outcomes = Counter(overfitting(diagnose(each)).outcome for each, _ in drawn)
        places = [(onset(each.curves["val_loss"]), truth) for each, truth in drawn]
        raw = [abs(int(np.argmin(each.curves["val_loss"].values)) + 1 - truth) for each, truth in drawn]
        rows.append(
            f"| {noise:.1%} | "
            + " | ".join(f"{alarm:.2f}" for alarm in alarms)
            + f" | {outcomes[Outcome.PRESENT] / CURVES:.2f} | {outcomes[Outcome.INCONCLUSIVE]}"
            + f" | {np.mean([abs(o.epoch - truth) for o, truth in places]):.1f} | {np.mean(raw):.1f}"
            + f" | {np.mean([o.low <= truth <= o.high for o, truth in places]):.2f}"
            + f" | {np.mean([o.high - o.low for o, _ in places]):.1f} |"
        )
    return "\n".join(rows)


def false_alarms(noise: float, correlation: float) -> float:
    """How often a healthy run is called overfitting."""
    draw = np.random.default_rng(2)
    drawn = [healthy_curve(draw, noise, correlation) for _ in range(CURVES)]
    return float(np.mean([overfitting(diagnose(each)).outcome is Outcome.PRESENT for each in drawn]))


def hand_made() -> dict[str, tuple[History, str | None]]:
    """One log of each other kind, with the headline it should get (None: nothing to find)."""
    draw, t = np.random.default_rng(3), np.arange(40)

    def noisy(clean: NDArray[Any], noise: float = 0.008) -> Floats:
        return np.asarray(clean * (1 + noise * draw.standard_normal(len(clean))))

    down = np.exp(-t / 5)
    long = np.arange(EPOCHS)
    plateau = np.where(long < 20, 2.3, 0.4 + 1.9 * np.exp(-(long - 20) / 4))
    swing = 1.2 + 1.1 * down + np.clip(t - 8, 0, None) * 0.06 * (1 + 0.5 * np.sin(2.5 * t))
    return {
        "overfit": (
            history(noisy(0.02 + 2.3 * down), noisy(0.6 + 1.7 * down + 0.012 * np.clip(t - 12, 0, None))),
            "overfitting",
        ),
        "gap only": (history(noisy(0.02 + 2.3 * down), noisy(0.8 + 1.5 * down)), "standing-gap"),
        "underfit": (history(noisy(1.6 + 0.7 * down), noisy(1.62 + 0.7 * down)), "underfitting"),
        "interrupted": (history(noisy(2.3 - 0.03 * t), noisy(2.35 - 0.029 * t)), "still-improving"),
        "saddle": (history(noisy(plateau), noisy(plateau + 0.05)), None),
        "saddle, cut off on it": (history(noisy(plateau[:18]), noisy(plateau[:18] + 0.02)), "stalled"),
        "unstable": (history(noisy(swing), noisy(swing * 1.1)), "diverging"),
        "became NaN": (
            history(
                np.append(noisy(2 - 0.04 * t), [np.nan] * 3), np.append(noisy(2 - 0.03 * t), [np.nan] * 3)
            ),
            "diverging",
        ),
        "healthy": (history(noisy(0.4 + 1.9 * down), noisy(0.45 + 1.8 * down)), None),
        "noisy": (history(noisy(0.4 + 1.9 * down), noisy(0.45 + 1.8 * down, 0.12)), "noisy-validation"),
        "four epochs": (history([2.3, 1.5, 1.1, 0.9], [2.2, 1.6, 1.3, 1.2]), "short-history"),
    }


def logs() -> str:
    """The headline of each hand-made log beside the one it should get."""
    rows = ["| log | should be | headline | right |", "|---|---|---|---|"]
    for name, (log, expected) in hand_made().items():
        first = headline(diagnose(log))
        got = first.name if first else None
        rows.append(
            f"| {name} | {expected or 'none'} | {got or 'none'} | {'yes' if got == expected else 'NO'} |"
        )
    return "\n".join(rows)


def speed() -> str:
    """Milliseconds that diagnosing 1,000 epochs takes, median of 20 fresh histories."""
    t, draw, taken = np.arange(1000), np.random.default_rng(4), []
    for _ in range(20):
        val = 0.5 + 2 * np.exp(-t / 50) + 0.0003 * t + 0.01 * draw.standard_normal(1000)
        log = history(0.02 + 2 * np.exp(-t / 50), val)
        begun = time.perf_counter()
        diagnose(log)
        taken.append(time.perf_counter() - begun)
    return f"{1000 * float(np.median(taken)):.1f} ms"


if __name__ == "__main__":
    print("# How often the overfitting verdict is right\n")
    print("Written by `bench/diagnose_accuracy.py`; every number can be made again from it.\n")
    print("## Labelled histories (OverfitGuard, simulated half, 1,000 epochs each)\n")
    print(labelled())
    print(
        f"\n## Drawn curves: {EPOCHS} epochs, {CURVES} each, rise 15-60 %, noise of one evaluation as given\n"
    )
    print(grid())
    print("\n## Hand-made logs\n")
    print(logs())
    print(f"\n## Speed\n\n`diagnose` of 1,000 epochs: {speed()} on the machine that wrote this table.")
