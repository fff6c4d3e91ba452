# SPDX-License-Identifier: Apache-2.0
"""Measure every way of finding a dropout rate on one part of the tasks.

python bench/dose/dose.py --part develop      writes bench/results/dose_develop.md and docs/images/dose_develop.svg

Resumable: every training is kept in .goodfit-dose. `--seeds 2` shows what the first seeds say while the rest are trained.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from dose_all import ANEW, OURS, replayed, ways
from dose_bed import Bed, Picked, Way
from dose_curves import train
from dose_optuna import PEERS
from dose_page import page
from dose_plan import Plan
from dose_plot import draw
from dose_score import Base, base_of
from dose_store import bed_of, folder_of, kept
from dose_table import row_of
from dose_tasks import PARTS, SEEDS, plans

RESULTS = Path(__file__).parents[1] / "results"
IMAGES = Path(__file__).parents[2] / "docs" / "images"


def main() -> None:
    """Train what is missing, search, score, write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("--part", choices=PARTS, required=True)
    asked.add_argument(
        "--seeds", type=int, default=len(SEEDS), help="only the first ones; writes nothing but the screen"
    )
    asked.add_argument("--replayed", action="store_true", help="without the ways that train anew")
    given = asked.parse_args()
    if given.seeds == len(SEEDS):
        train(given.part, [])
    chosen = plans(given.part)
    bases, found = searched(chosen, SEEDS[: given.seeds], replayed() if given.replayed else ways())
    controls = frozenset(plan.name for plan in chosen if plan.control)
    rows = [row_of(name, picks, bases, controls) for name, picks in found.items()]
    text = page(given.part, rows, bases, controls)
    print(text)
    if given.seeds == len(SEEDS):
        (RESULTS / f"dose_{given.part}.md").write_text(text, encoding="utf-8")
        draw(rows, IMAGES / f"dose_{given.part}.svg")


def searched(
    chosen: Sequence[Plan], seeds: Sequence[int], searching: Sequence[Way]
) -> tuple[dict[str, list[Base]], dict[str, dict[tuple[str, int], Picked]]]:
    """What there was to gain by task, and what every way picked by task and seed."""
    bases: dict[str, list[Base]] = defaultdict(list)
    found: dict[str, dict[tuple[str, int], Picked]] = defaultdict(dict)
    for plan in chosen:
        for seed in seeds:
            bed = bed_of(plan, seed)
            bases[plan.name].append(base_of(bed))
            for way in searching:
                found[way.name][plan.name, seed] = _search(way, bed, plan)
    return bases, found


def _search(way: Way, bed: Bed, plan: Plan) -> Picked:
    """Goodfit's replayed ways cost nothing and are searched again; Optuna takes a second, what trains anew more."""
    lasting = way in OURS or way in ANEW or way in PEERS
    return kept(folder_of(plan, bed.seed), way, bed) if lasting else way.search(bed)


if __name__ == "__main__":
    main()
