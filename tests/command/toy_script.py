# SPDX-License-Identifier: Apache-2.0
"""A training that only pretends: curves by a formula with seeded noise, started by tests as a user's script.

Its validation loss is best at the dose 0.4; what it does wrong is said by --fault.
"""

import argparse
import json
import math
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

EPOCHS, EXAMPLES = 24, 400
BEST_DOSE = 0.4


def main() -> None:
    """Write log.csv and scores.json into --out."""
    parser = argparse.ArgumentParser()
    for name in ("--dose", "--seed"):
        parser.add_argument(name, default="0")
    parser.add_argument("--out", type=Path, default=Path())
    parser.add_argument("--fault", default="")
    parser.add_argument("--effect", type=float, default=0.3)
    given = parser.parse_args()
    with Path("starts.txt").open("a") as starts:
        starts.write(f"{given.dose} {given.seed}\n")
    faults = f"{given.fault},{os.environ.get('TOY_FAULT', '')}".split(",")
    if "fail" in faults or f"fail-at-{given.dose}" in faults:
        sys.stdout.write("loading data\n")
        sys.exit("the data are gone")
    if "hang" in faults:
        sys.stdout.write("waiting\n")
        sys.stdout.flush()
        time.sleep(60)
    _train(given, faults)


def _train(given: argparse.Namespace, faults: list[str]) -> None:
    seed = 0 if "same-seed" in faults else given.seed
    draw, own = random.Random(f"{seed}"), random.Random(f"{seed} {given.dose}")
    dose = float(given.dose)
    floor = 1.0 - given.effect * (1 - abs(dose - BEST_DOSE) / BEST_DOSE)
    rows = ["epoch,train_loss,val_loss"]
    for epoch in range(EPOCHS):
        value = floor + math.exp(-epoch / 3) + 0.02 * max(0, epoch - 10) + own.gauss(0, 0.01)
        if f"nan-at-{given.dose}" in faults and epoch == 12:
            value = math.nan
        rows.append(f"{epoch},{2 * math.exp(-epoch / 5)},{value}")
    if "no-validation" in faults:
        rows = [row.rpartition(",")[0] for row in rows]
    if "no-log" not in faults:
        (given.out / "log.csv").write_text("\n".join(rows) + "\n")
    _score(given, faults, [floor + draw.gauss(0, 0.3) + own.gauss(0, 0.1) for _ in range(EXAMPLES)])
    if "exit-after-nan" in faults and any("nan" in row for row in rows):
        sys.exit("the loss is NaN")


def _score(given: argparse.Namespace, faults: list[str], losses: list[float]) -> None:
    if "no-scores" not in faults:
        few = EXAMPLES - 1 if "fewer" in faults and given.seed == "2" else EXAMPLES
        scores: dict[str, Any] = {"losses": losses[:few], "accuracy": 1 - sum(losses) / 4 / EXAMPLES}
        if "ids" in faults:
            scores["ids"] = list(range(few))
        if "groups" in faults:
            scores["groups"] = [i // 4 for i in range(few)]
        if "seed-7" in faults:
            scores["seed"] = 7
        if "shuffled" in faults:
            order = random.Random(given.seed + given.dose).sample(range(few), few)
            for name in ("losses", "ids", "groups"):
                scores[name] = [scores[name][i] for i in order]
        (given.out / "scores.json").write_text(json.dumps(scores))
    if "broken-scores" in faults:
        (given.out / "scores.json").write_text("{")


if __name__ == "__main__":
    main()
