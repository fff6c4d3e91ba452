# SPDX-License-Identifier: Apache-2.0
"""The text-book question, asked of ten real trainings: which of more nodes, dropout, a longer training, larger steps?

    python bench/question/question.py                 the quick sizes; finished trainings in the store are not repeated
    python bench/question/question.py --only mnist    some of them
    python bench/question/question.py --full          the built-in tasks as they are, all usual remedies, eight seeds: a day

Each task's table (bench/results/question_*.md) and picture (docs/images/question_*.svg) are written when it is
finished; the summary and docs/question.md then hold all that are there. Reads GOODFIT_DATA.
"""

import argparse
import os
import time
from pathlib import Path

import torch
from _question_pages import write_all
from _question_tasks import ASKED, Asked

from goodfit.comparing import SEEDS, compare
from goodfit.errors import GoodfitError
from goodfit.listener import Silent
from goodfit.values import Run, dumps

QUESTION = ("more-nodes", "raise-dropout", "train-longer", "raise-learning-rate")  # (A) to (D)
QUICK_SEEDS = 6  # the least with which Holm's correction of three remedies can pass one: 3/64 lies below 5 %
STORE = Path(".goodfit") / "question"


class Told(Silent):
    """Prints a line for every training."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def stage(self, what: str) -> None:
        """A heading."""
        print(f"  {time.monotonic() - self.began:6.0f} s  {what}", flush=True)

    def run(self, what: str, run: Run) -> None:
        """One training."""
        print(
            f"  {time.monotonic() - self.began:6.0f} s    {what}: {run.score:.4g} after {run.epochs} epochs",
            flush=True,
        )


def ask(asked: Asked, *, full: bool, store: Path) -> None:
    """Compare all remedies on one training and keep the comparison as JSON beside the trainings."""
    found = compare(
        asked.full() if full else asked.quick(),
        remedies=() if full else QUESTION,
        seeds=SEEDS if full else QUICK_SEEDS,
        store=store,
        listener=Told(),
    )
    (store / f"{asked.name}.json").write_text(dumps(found), encoding="utf-8")


def main() -> None:
    """Ask all, one after the other, and write what is there after each."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--only", nargs="*", choices=[each.name for each in ASKED], default=[])
    options.add_argument("--full", action="store_true")
    options.add_argument("--store", type=Path, default=STORE)
    options.add_argument("--pages", action="store_true", help="only write tables, pictures and pages anew")
    given = options.parse_args()
    store = given.store / ("full" if given.full else "quick")
    for asked in ASKED:
        if given.pages or (given.only and asked.name not in given.only):
            continue
        print(f"{asked.name}: {asked.words}", flush=True)
        try:
            ask(asked, full=given.full, store=store)
        except GoodfitError as error:  # the others go on; this one has no table
            print(f"  not finished: {error}", flush=True)
            continue
        write_all(store, full=given.full)
    write_all(store, full=given.full)


if __name__ == "__main__":
    torch.set_num_threads(1)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
