# SPDX-License-Identifier: Apache-2.0
"""How often a verdict made while a training runs warns of a healthy one, and how often it takes that back.

    python bench/verdicts/live_alarms.py [RUNS]      writes bench/results/live_alarms.md

Healthy trainings are drawn, with noise of usual sizes; some begin slowly, as with a warm-up of the learning rate. Each is
looked at after every epoch as `goodfit.watch` does, and once at its end as `goodfit diagnose` does. Training that stays
at its start is drawn too: what is done against false alarms must not hide it for long.
"""

import math
import sys
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

from goodfit.rules import ChangeKind, Live, diagnose
from goodfit.rules._live import OF_THE_END
from goodfit.values import Curve, History, MeasuredAs, Outcome, Severity, Split

RESULT = Path(__file__).parents[1] / "results" / "live_alarms.md"
EPOCHS = 40
NOISES = (0.005, 0.02, 0.05)  # relative sd of one evaluation of validation; training has a third of it
STARTS = (0, 3, 6, 12)  # epochs until the loss begins to fall; the last is longer than any usual warm-up
UPTO = (3, 5, 10, 20, 40)
GRAVE = (Severity.WARNING, Severity.ERROR)


def drawn(draws: Random, noise: float, start: int, *, learns: bool = True) -> History:
    """A training of 40 epochs whose losses fall to near each other."""
    pace, floor, gap = draws.uniform(4, 12), draws.uniform(0.1, 0.5), draws.uniform(1.0, 1.1)
    train, val = [], []
    for epoch in range(EPOCHS):
        done = 1 - math.exp(-max(0.0, epoch - start) / pace) if learns else 0.0
        level = 2.3 * (1 - done) + floor * done
        train.append(level * (1 + noise / 3 * draws.gauss(0, 1)))
        val.append(level * (1 + (gap - 1) * done) * (1 + noise * draws.gauss(0, 1)))
    curves = {
        "train_loss": Curve.of(train, split=Split.TRAIN, measured_as=MeasuredAs.EPOCH_MEAN),
        "val_loss": Curve.of(val, split=Split.VALIDATION, measured_as=MeasuredAs.EVAL_MODE),
    }
    return History(curves=curves)


def upto(history: History, epochs: int) -> History:
    """What was logged after so many epochs."""
    curves = {
        name: replace(curve, values=curve.values[:epochs], x=curve.x[:epochs])
        for name, curve in history.curves.items()
    }
    return replace(history, curves=curves)


def warned(history: History) -> list[tuple[str, int, bool]]:
    """Each warning that was said aloud: its rule, the epochs done then, and whether it was withdrawn."""
    live, said = Live(), list[tuple[str, int, bool]]()
    for epochs in range(1, EPOCHS + 1):
        for change in live.update(upto(history, epochs)):
            if change.kind is ChangeKind.WITHDRAWN:
                said = [(c, at, back or c == change.code) for c, at, back in said]
            elif change.severity in GRAVE and all(back for c, _, back in said if c == change.code):
                said.append((change.code, epochs, False))
    return said


def line(draws: Random, noise: float, start: int, runs: int) -> tuple[str, Counter[str], Counter[str]]:
    """A row of the table, and by which rules there were warnings, live and at the end."""
    found = []
    rules, ends = Counter[str](), Counter[str]()
    ended = 0
    for _ in range(runs):
        history = drawn(draws, noise, start)
        found.append(warned(history))
        rules.update({code for code, _, _ in found[-1]})
        codes = {d.code for d in diagnose(history) if d.outcome is Outcome.PRESENT and d.severity in GRAVE}
        ends.update(codes)
        ended += bool(codes)
    shares = " | ".join(
        f"{sum(any(at <= e for _, at, _ in each) for each in found) / runs:.0%}" for e in UPTO
    )
    said = sum(map(len, found))
    back = sum(withdrawn for each in found for _, _, withdrawn in each)
    return f"| {noise:.1%} | {start} | {shares} | {back} of {said} | {ended / runs:.0%} |", rules, ends


def told_of(draws: Random, noise: float, runs: int) -> str:
    """How many trainings that learn nothing are told of, and after how many epochs."""
    found = [
        min(
            (at for code, at, _ in warned(drawn(draws, noise, 0, learns=False)) if code == "GF203"),
            default=None,
        )
        for _ in range(runs)
    ]
    epochs = sorted(at for at in found if at is not None)
    when = f"{epochs[len(epochs) // 2]}" if epochs else "never"
    return f"| {noise:.1%} | {len(epochs)} of {runs} | {when} |"


def main() -> None:
    """Draw, count, and write the tables."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    draws = Random(0)
    rules, ends = Counter[str](), Counter[str]()
    rows = []
    for noise, start in product(NOISES, STARTS):
        row, live, end = line(draws, noise, start, runs)
        rules, ends = rules + live, ends + end
        rows.append(row)
        print(row, flush=True)
    stalled = [told_of(draws, noise, max(5, runs // 2)) for noise in NOISES]
    total = runs * len(rows)
    heads = " | ".join(f"by epoch {e}" for e in UPTO)
    text = "\n".join(
        [
            "# False alarms while a healthy training runs",
            "",
            f"Made by `python bench/verdicts/live_alarms.py {runs}`: {runs} drawn trainings a row, {EPOCHS} epochs each. Shares of the",
            "trainings that have seen a warning or an error by then; how many of these were withdrawn later; and the share that",
            f"`goodfit diagnose` warns of at the end, but for what is asked then only ({', '.join(sorted(OF_THE_END))}).",
            "",
            f"| noise of validation | begins to fall at | {heads} | withdrawn | at the end |",
            "|---:|---:|" + "---:|" * len(UPTO) + "---:|---:|",
            *rows,
            "",
            f"By rule, of all {total} trainings: live "
            + (", ".join(f"{code} {count}" for code, count in sorted(rules.items())) or "none")
            + "; at the end "
            + (", ".join(f"{code} {count}" for code, count in sorted(ends.items())) or "none")
            + ".",
            "",
            "Trainings that learn nothing: how many are told of as stalled (GF203), and after how many epochs in the median.",
            "",
            "| noise of validation | told of | after epochs |",
            "|---:|---:|---:|",
            *stalled,
        ]
    )
    print(text)
    RESULT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
