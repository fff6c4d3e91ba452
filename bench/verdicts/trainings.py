# SPDX-License-Identifier: Apache-2.0
"""Trains the recorded corpus: real small trainings whose class is known by construction or by intervention.

    GOODFIT_DATA=... python bench/verdicts/trainings.py --out FOLDER [--workers 2] [--only RECIPE]
    python bench/verdicts/trainings.py --out FOLDER --pack        labels what is there and writes recorded/

One file a training; those that are there already are not run again. Labels are made when packing, from what was
measured, so that a changed criterion needs no new training.
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from trainings_measure import measure
from trainings_plan import Plan
from trainings_recipes import plans
from trainings_record import pack

STEP = {"factors": 6.0, "gru": 8.0, "lstm": 4.0, "transformer": 4.0}  # milliseconds; others about 2
VERSION = 1  # of the recipes and of what is measured; raise it when either changes


def run(plan: Plan, folder: Path) -> str:
    """Train one plan with its interventions and keep what was measured."""
    torch.set_num_threads(1)
    began = time.perf_counter()
    found = measure(plan)
    record: dict[str, Any] = {
        "plan": asdict(plan),
        **found,
        "provenance": {
            "script": "bench/verdicts/trainings.py",
            "version": VERSION,
            "torch": torch.__version__,
            "date": f"{datetime.now(tz=UTC):%Y-%m-%d}",
            "seconds": round(time.perf_counter() - began, 1),
        },
    }
    unfinished = folder / f"{plan.name}.part"
    unfinished.write_text(json.dumps(record), encoding="utf-8")
    unfinished.rename(folder / f"{plan.name}.json")
    return f"{plan.name} {record['provenance']['seconds']} s"


def _cost(plan: Plan) -> float:
    """Roughly, in milliseconds: each intervention is a training more."""
    step = 0.5 if plan.data.startswith("table") else STEP.get(plan.model, 2.0)
    return plan.steps * step * (8 if plan.interventions else 1)


def main() -> None:
    """Train what is missing, then pack."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the single trainings")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="recipes whose names begin so")
    parser.add_argument("--pack", action="store_true", help="train nothing, label and write recorded/")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.pack:
        print(pack(asked.out, Path(__file__).parent / "recorded"))
        return
    missing = [
        plan
        for plan in plans()
        if plan.recipe.startswith(asked.only) and not (asked.out / f"{plan.name}.json").is_file()
    ]
    missing.sort(key=_cost)  # the cheap ones first
    with ProcessPoolExecutor(asked.workers, mp_context=get_context("spawn")) as workers:
        running = {workers.submit(run, plan, asked.out): plan for plan in missing}
        for done in as_completed(running):
            try:
                print(done.result(), flush=True)
            except Exception as error:  # noqa: BLE001 - one failed training must not stop the others
                print(f"{running[done].name} FAILED: {type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main()
