# SPDX-License-Identifier: Apache-2.0
"""Score the ways that train anew, beside fixed rates, on some tasks and seeds of the half they were made on.

python bench/dose/dose_anew.py mnist-mlp mnist-cnn even-tower char-front      writes bench/results/dose_anew.md

A way is searched where nothing is kept of it in .goodfit-dose; `--kept` leaves out what is not there instead.
"""

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, median

import way_average
import way_concrete
import way_faster
import way_fork
import way_gradient
import way_late
import way_layers
import way_paths
import way_random
from dose_bed import Picked, Way
from dose_score import Base, base_of, harm, pooled, shipped
from dose_store import bed_of, folder_of, kept
from dose_tasks import SEEDS, plan_named
from dose_ways import Always

RESULT = Path(__file__).parents[1] / "results" / "dose_anew.md"
FIXED = tuple(Always(f"always {rate:g}", rate) for rate in (0.3, 0.4, 0.5, 0.6, 0.7))
MODULES = (
    way_random,
    way_paths,
    way_late,
    way_faster,
    way_average,
    way_fork,
    way_gradient,
    way_concrete,
    way_layers,
)
HEAD = """\
# Ways that train anew: {title}

Written by `bench/dose/dose_anew.py`; the measures are those of `dose_develop.md`. Tasks: {tasks}; controls: {controls}; seeds: {seeds}.
A way is listed where it was carried out on all of these tasks and seeds. Harm is the upper limit on the worst control, of what was
picked: ways that train anew have their own run to fall back on, and pick it where nothing is better on validation.

| way | cost, T: median (mean, most) | kept [95 %] | {columns} | control cost, T | harm, limit, % |
|---|---|---|{rules}---|---|
"""


def main() -> None:
    """Search what is missing, score, write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("tasks", nargs="+")
    asked.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    asked.add_argument("--kept", action="store_true", help="train nothing")
    asked.add_argument(
        "--of", nargs="+", choices=[each.__name__ for each in MODULES], help="only the ways of these modules"
    )
    asked.add_argument("--to", default=RESULT.name, help="name of the page in bench/results")
    given = asked.parse_args()
    asked_for = [each for each in MODULES if not given.of or each.__name__ in given.of]
    ways: list[Way] = [*FIXED, *(way for module in asked_for for way in module.WAYS)]
    bases, found = searched(given.tasks, given.seeds, ways, train=not given.kept)
    text = page(bases, found, given.seeds, ", ".join(given.of or ["all"]).replace("way_", ""))
    print(text)
    RESULT.with_name(given.to).write_text(text, encoding="utf-8")


def searched(
    tasks: Sequence[str], seeds: Sequence[int], ways: Sequence[Way], *, train: bool
) -> tuple[dict[str, list[Base]], dict[str, dict[tuple[str, int], Picked]]]:
    """What there was to gain by task, and what every way picked by task and seed."""
    bases: dict[str, list[Base]] = defaultdict(list)
    found: dict[str, dict[tuple[str, int], Picked]] = defaultdict(dict)
    for task in tasks:
        for seed in seeds:
            plan = plan_named(task)
            bed, folder = bed_of(plan, seed), folder_of(plan, seed)
            bases[task].append(base_of(bed))
            for way in ways:
                if isinstance(way, Always):
                    found[way.name][task, seed] = way.search(bed)
                elif train or (folder / f"{way.name} T{bed.horizon}.json").exists():
                    found[way.name][task, seed] = kept(folder, way, bed)
    return bases, found


def page(
    bases: Mapping[str, Sequence[Base]],
    found: Mapping[str, Mapping[tuple[str, int], Picked]],
    seeds: Sequence[int],
    title: str,
) -> str:
    """The table, the ways that keep most first."""
    tasks = [task for task in bases if not plan_named(task).control]
    controls = [task for task in bases if plan_named(task).control]
    text = HEAD.format(
        title=title,
        tasks=", ".join(tasks),
        controls=", ".join(controls) or "none",
        seeds=", ".join(map(str, seeds)),
        columns=" | ".join(tasks),
        rules="---|" * len(tasks),
    )
    rows = []
    for name, picks in found.items():
        if all((task, seed) in picks for task in tasks for seed in seeds):
            gains = {
                t: [each.own_test - shipped(each, picks[t, each.seed]) for each in bases[t]] for t in tasks
            }
            rows.append((name, picks, gains, pooled(gains, _oracle(bases, tasks))))
    for name, picks, gains, (share, low, high) in sorted(rows, key=lambda row: -row[3][0]):
        costs = [picks[task, each.seed].epochs / each.horizon for task in tasks for each in bases[task]]
        by_task = (sum(gains[task]) / sum(_oracle(bases, tasks)[task]) for task in tasks)
        text += (
            f"| {name} | {median(costs):.2f} ({mean(costs):.2f}, {max(costs):.1f}) | {share:.2f} [{low:.2f}, {high:.2f}] "
            f"| {' | '.join(f'{each:.2f}' for each in by_task)} | {_on_controls(picks, bases, controls)} |\n"
        )
    return text


def _oracle(bases: Mapping[str, Sequence[Base]], tasks: Sequence[str]) -> dict[str, list[float]]:
    return {task: [each.gain for each in bases[task]] for task in tasks}


def _on_controls(
    picks: Mapping[tuple[str, int], Picked], bases: Mapping[str, Sequence[Base]], controls: Sequence[str]
) -> str:
    """What was spent on the controls, and how much worse the worst of them got, as picked, with its limit."""
    beds = [(task, each) for task in controls for each in bases[task]]
    if not beds or any((task, each.seed) not in picks for task, each in beds):
        return "- | -"
    cost = median(picks[task, each.seed].epochs / each.horizon for task, each in beds)
    worst = max(harm([picks[t, each.seed].test for each in bases[t]], bases[t])[1] for t in controls)
    return f"{cost:.2f} | {100 * worst:.1f}"


if __name__ == "__main__":
    main()
