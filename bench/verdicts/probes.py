# SPDX-License-Identifier: Apache-2.0
"""How often the probes are right: trainings with a fault built in and without it, several seeds each.

    python bench/verdicts/probes.py [--seeds 10] > bench/results/verdicts_probes.md

The images are those of the built-in examples, so nothing needs to be downloaded.
"""

import argparse
import os
import platform
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version

import torch
from probes_tasks import CONDITIONS, Condition

from goodfit.probes import probe
from goodfit.values import Outcome

_COLUMNS = (Outcome.PRESENT, Outcome.ABSENT, Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE, Outcome.ERROR)


def outcomes(name: str, condition: Condition, seeds: int) -> tuple[Counter[Outcome], float]:
    """Carry one probe out on one condition; its outcomes, and seconds without the training it looks at."""
    found: Counter[Outcome] = Counter()
    seconds = 0.0
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as store:
            task = condition.make(seed)
            probe(task, ["paired-noise"], store=store)  # trains the run itself
            began = time.perf_counter()
            found[probe(task, [name], store=store)[0].outcome] += 1
            seconds += time.perf_counter() - began
    return found, seconds / seeds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", default="", help="probes whose names begin so")
    args = parser.parse_args()
    torch.set_num_threads(1)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print("# Accuracy of the probes\n")
    print(
        f"Written by `bench/verdicts/probes.py` on {datetime.now(tz=UTC):%Y-%m-%d}; goodfit {version('goodfit')}, Python"
        f" {platform.python_version()}, torch {version('torch')}; {os.cpu_count()} cores, {memory:.0f} GiB.\n"
        f"{args.seeds} seeds of each condition; the number of the right answer is bold, seconds are those of the probe alone.\n"
    )
    print("| probe | condition | found | not there | left open | could not look | failed | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    right = total = wrong = 0
    for name, conditions in CONDITIONS.items():
        for condition in conditions if name.startswith(args.only) else ():
            found, seconds = outcomes(name, condition, args.seeds)
            wanted, unwanted = (
                (Outcome.PRESENT, Outcome.ABSENT) if condition.shows else (Outcome.ABSENT, Outcome.PRESENT)
            )
            cells = [f"**{found[each]}**" if each is wanted else str(found[each]) for each in _COLUMNS]
            print(f"| {name} | {condition.name} | {' | '.join(cells)} | {seconds:.1f} |", flush=True)
            right, wrong, total = right + found[wanted], wrong + found[unwanted], total + args.seeds
    print(f"\nRight {right} of {total}, wrong {wrong}; the others were left open or could not be looked at.")


if __name__ == "__main__":
    main()
