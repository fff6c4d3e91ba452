# SPDX-License-Identifier: Apache-2.0
"""How good is the advice? Trains one half of the small tasks under every remedy, then judges what goodfit says.

    GOODFIT_DATA=... python bench/advice/advice.py --part learn [--store .goodfit-advice]

Every finished training and every finished task is kept in the store: an interrupted run goes on where it was.
--only-train looks at no result: it prints how far it is.
"""

import argparse
import sys
import time
from pathlib import Path

from advice_tasks import PARTS, plans
from advice_trials import SEEDS, is_measured, measured

from goodfit.training import settle_threads


def main() -> None:
    """Train what is missing, then print the table of the half."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--store", type=Path, default=Path(".goodfit-advice"))
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of the proof; fewer where time is short")
    parser.add_argument(
        "--only-train", action="store_true", help="train what is missing and show nothing of it"
    )
    parser.add_argument(
        "--only-finished", action="store_true", help="train nothing, judge the tasks that are finished"
    )
    asked = parser.parse_args()
    settle_threads()
    chosen = plans(asked.part)
    if asked.only_finished:
        chosen = tuple(plan for plan in chosen if is_measured(plan, asked.store, asked.seeds))
    began = time.perf_counter()
    for done, plan in enumerate(chosen, start=1):
        measured(plan, asked.store, asked.seeds)
        spent = time.perf_counter() - began
        print(f"{done} of {len(chosen)} tasks, {spent:.0f} s: {plan.name}", file=sys.stderr, flush=True)
    if not asked.only_train:
        from advice_table import table

        print(table(chosen, asked.part, asked.store, asked.seeds))


if __name__ == "__main__":
    main()
