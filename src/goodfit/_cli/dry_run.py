# SPDX-License-Identifier: Apache-2.0
"""What `fix` would do, and what it would cost at most."""

from rich.console import Console
from rich.text import Text

from goodfit.training import OWN_SEED, TaskSource, draw, prepare
from goodfit.trials import ARMS, AUTO, Seeds, allow, estimate, most_seeds


def print_dry_run(
    console: Console, source: TaskSource, *, seeds: Seeds, budget: int | None, workers: int
) -> None:
    """Print the steps of an experiment and its cost line; nothing is kept."""
    prepared = prepare(source)
    task = prepared.task
    most = most_seeds(seeds)
    allowance = allow(budget, task.epochs, most)
    cost = estimate(prepared, allowance, most, workers)
    up_to = "at most " if seeds == AUTO else ""
    split = draw(task, prepared.pool, OWN_SEED)
    cap = f", at most {allowance.proof_run} epochs each" if allowance.proof_run else ""
    search = f", at most {allowance.tuning} epochs together" if allowance.tuning else ""
    data = Text(task.name, style="bold") + Text(
        f": {len(split.train):,} training, {len(split.validation):,} validation, "
        f"{len(prepared.holdout.indices):,} locked test examples ({prepared.holdout.note})"
    )
    proof = (
        f"3. prove it: {up_to}{2 * most} runs ({most} seeds, untreated and treated), each early stopped{cap}, "
        "then one look at the test set"
    )
    bill = (
        f"cost, at most: {cost.runs} runs, {cost.epochs:,} epochs, {cost.minutes:.1f} minutes in {workers} "
        f"{'process' if workers == 1 else 'processes'} ({cost.seconds_an_epoch:.2g} s an epoch here); "
        "early stopping usually ends most runs far sooner"
    )
    own = f"1. train as planned: 1 run of {task.epochs} epochs, then diagnose and prescribe"
    dose = f"2. find the dose: at most {ARMS} runs, each stopped after its validation minimum{search}"
    for line in (data, own, dose, proof, bill):
        console.print(line, soft_wrap=True)
