# SPDX-License-Identifier: Apache-2.0
"""Train every curve of a part once; can be killed and started again, and run twice at once.

python bench/dose/dose_curves.py --part develop [--backwards] [NAME ...]
"""

import argparse
from time import perf_counter

from dose_bed import RATES
from dose_plan import Plan
from dose_store import bed_of, folder_of
from dose_tasks import PARTS, SEEDS, plans


def train(part: str, names: list[str], *, backwards: bool = False) -> None:
    """Train what is not there yet, seed by seed, so that a kill leaves whole seeds."""
    jobs = [(plan, seed) for seed in SEEDS for plan in plans(part) if not names or plan.name in names]
    for plan, seed in jobs[::-1] if backwards else jobs:
        _train_bed(plan, seed, backwards=backwards)


def _train_bed(plan: Plan, seed: int, *, backwards: bool) -> None:
    began, trained = perf_counter(), 0
    bed = bed_of(plan, seed)
    for rate in RATES[::-1] if backwards else RATES:
        trained += not (folder_of(plan, seed) / f"{rate:.2f}.npz").exists()
        bed.curve(rate)
    if trained:
        print(f"{plan.name} {seed}: {trained} curves in {perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--part", choices=PARTS, required=True)
    asked.add_argument("--backwards", action="store_true", help="begin at the end: for a second process")
    asked.add_argument("names", nargs="*")
    given = asked.parse_args()
    train(given.part, given.names, backwards=given.backwards)
