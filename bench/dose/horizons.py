# SPDX-License-Identifier: Apache-2.0
"""Fix T of every task before anything is compared: 1.25 times the median best epoch of the best rate.

python bench/dose/horizons.py [NAME ...]      writes bench/dose/horizons.json

By seeds that no comparison uses, at a coarse grid of rates, each stopped early within the task's cap. A control that
trains too short has its T given.
"""

import json
import sys
from typing import Any

import numpy as np
import torch
from dose_bed import Course, Curve
from dose_plan import Plan
from dose_store import HORIZONS, bed_of
from dose_tasks import PLANS

from goodfit.values import Patience

SEEDS = (100, 101, 102)
RATES = (0.0, 0.2, 0.4, 0.6, 0.8)
LONGER = 1.25  # a user plans more epochs than the best network needs, since nobody knows that number
PATIENCE = Patience(floor=8, share=0.6)  # longer than any that is compared


def horizon(plan: Plan) -> dict[str, Any]:
    """T of a task and what it rests on."""
    if plan.epochs is not None:
        return {"epochs": plan.epochs, "because": "given: a control that trains too short"}
    torch.set_num_threads(1)
    beds = [bed_of(plan, seed, plan.cap) for seed in SEEDS]
    curves = {rate: [Course(bed, rate).run(plan.cap, PATIENCE).curve(rate) for bed in beds] for rate in RATES}
    lowest = {rate: float(np.mean([each.validation[each.best()] for each in curves[rate]])) for rate in RATES}
    best = min(RATES, key=lambda rate: lowest[rate])
    epochs = {rate: float(np.median([each.best() + 1 for each in curves[rate]])) for rate in RATES}
    return {
        "epochs": min(plan.cap, max(6, round(LONGER * epochs[best]))),
        "best_rate": best,
        "best_epochs": {f"{rate:g}": found for rate, found in epochs.items()},
        "validation": {f"{rate:g}": round(found, 4) for rate, found in lowest.items()},
        "seconds": round(float(np.mean([each.seconds.mean() for each in _all(curves)])), 4),
        "because": f"{LONGER} times the median best epoch of the best rate, seeds {SEEDS}",
    }


def _all(curves: dict[float, list[Curve]]) -> list[Curve]:
    return [each for row in curves.values() for each in row]


def main() -> None:
    """Fix the horizons of the tasks named, or of those that have none yet."""
    known = json.loads(HORIZONS.read_text(encoding="utf-8")) if HORIZONS.exists() else {}
    wanted = [each for each in PLANS if each.name in sys.argv[1:]] or [
        e for e in PLANS if e.name not in known
    ]
    for plan in wanted:
        found = horizon(plan)
        known = json.loads(HORIZONS.read_text(encoding="utf-8")) if HORIZONS.exists() else {}
        known = {each.name: known[each.name] for each in PLANS if each.name in known} | {plan.name: found}
        HORIZONS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(plan.name, found, flush=True)


if __name__ == "__main__":
    main()
