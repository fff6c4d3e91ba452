# SPDX-License-Identifier: Apache-2.0
"""The 419 simulated histories of OverfitGuard (asgaardlab/OverfitGuard, Li et al. 2024), which are not ours to pass on.

Put them as `histories_simulated/histories.json.gz` into the folder named by GOODFIT_DATA (default ../shared/data): a
JSON list of {"train": [...], "val": [...], "label": "overfit" or "non_overfit"}.
"""

import gzip
import json
import os
from collections import Counter
from pathlib import Path
from random import Random

from goodfit.measures import noise, rise_after_minimum
from goodfit.rules import diagnose
from goodfit.values import Curve, History, Outcome, Split

DATA = Path(os.environ.get("GOODFIT_DATA", "../shared/data")) / "histories_simulated" / "histories.json.gz"
_NEAR = (3.0, 7.0)  # percent: a close call around the threshold of 5
SPLIT_SEED = 0  # of the halves: constants were chosen with a view to the first one only


def load() -> list[tuple[History, bool]]:
    """Histories and whether they are labelled as overfit; empty when the file is not there."""
    if not DATA.exists():
        return []
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        entries = json.load(file)
    return [(_history(entry["train"], entry["val"]), entry["label"] == "overfit") for entry in entries]


def markdown() -> str:
    """Scores on both halves and on all, and what else was found on the overfit ones."""
    cases = load()
    if not cases:
        return f"Left out: {DATA.name} is not in the folder named by GOODFIT_DATA."
    order = list(range(len(cases)))
    Random(SPLIT_SEED).shuffle(order)
    half = len(order) // 2
    found = [{each.code: each.outcome for each in diagnose(history)} for history, _ in cases]
    lines = [
        "| histories | n | TP | FP | FN | precision | recall | macro-F1 | overfit called diverging |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, part in (("seen while building", order[:half]), ("set aside", order[half:]), ("all", order)):
        counts = Counter((cases[i][1], found[i]["GF101"] is Outcome.PRESENT) for i in part)
        diverging = sum(cases[i][1] and found[i]["GF301"] is Outcome.PRESENT for i in part)
        lines.append(_row(name, len(part), counts, diverging))
    return "\n".join([*lines, "", _close_calls([(i, *cases[i]) for i in order[:half]])])


def _close_calls(cases: list[tuple[int, History, bool]]) -> str:
    """What lies around the threshold, and what is wrong, in the half that was seen."""
    lines = ["| seen history | label | rise, % [90 % interval] | noise, % | said |", "|---|---|---|---|---|"]
    for number, history, label in cases:
        val = history.val
        rise = rise_after_minimum(val) if val else None
        if val is None or rise is None:
            continue
        said = next(each.outcome for each in diagnose(history) if each.code == "GF101")
        if rise.value > _NEAR[0] and (rise.value < _NEAR[1] or label is not (said is Outcome.PRESENT)):
            found = f"{rise.value:.1f} [{rise.low:.1f}, {rise.high:.1f}] | {noise(val).value:.3f}"
            lines.append(f"| {number} | {'overfit' if label else 'non_overfit'} | {found} | {said.value} |")
    return "\n".join(lines)


def _row(name: str, n: int, counts: Counter[tuple[bool, bool]], diverging: int) -> str:
    tp, fp, fn, tn = (counts[key] for key in ((True, True), (False, True), (True, False), (False, False)))
    f1, other = 2 * tp / (2 * tp + fp + fn), 2 * tn / (2 * tn + fp + fn)
    scores = f"{tp / (tp + fp):.3f} | {tp / (tp + fn):.3f} | {(f1 + other) / 2:.3f}"
    return f"| {name} | {n} | {tp} | {fp} | {fn} | {scores} | {diverging} |"


def _history(train: list[float], val: list[float]) -> History:
    x = range(1, len(val) + 1)
    return History(
        curves={
            "train_loss": Curve.of(map(float, train), x=x, split=Split.TRAIN),
            "val_loss": Curve.of(map(float, val), x=x, split=Split.VALIDATION),
        }
    )
