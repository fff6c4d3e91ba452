# SPDX-License-Identifier: Apache-2.0
"""The table of one half: regret by policy, how often the advice was among the best, and every task."""

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

import numpy as np
import torch
from advice_policies import SIMPLE, Advice, advise, always, followed, lost
from advice_regret import FLOOR, MOST, attainable, best_remedy, best_set, distinct, mean_loss, regret_share
from advice_regret import interval as over_tasks
from advice_sabotage import Plan
from advice_trials import STOPPED, TRAINED, UNTREATED, Record, begin, measured

from goodfit.proof.intervals import clopper_pearson


@dataclass(frozen=True, slots=True)
class Judged:
    """One task with what goodfit says of it."""

    plan: Plan
    record: Record
    advice: Advice

    @property
    def chosen(self) -> str:
        """What goodfit's advice comes to."""
        return followed(self.advice.prescribed, self.record.losses)

    @property
    def regret(self) -> float:
        """Of goodfit's advice."""
        return regret_share(self.record.losses, self.chosen)

    @property
    def best(self) -> frozenset[str]:
        """The best set."""
        return best_set(self.record.losses)


def table(plans: Sequence[Plan], part: str, store: Path, seeds: int) -> str:
    """The whole page."""
    judged = [Judged(plan, measured(plan, store, seeds), advise(begin(plan, store))) for plan in plans]
    return "\n".join([*_head(part, judged, seeds), *_policies(judged), *_sets(judged), *_tasks(judged)])


def _head(part: str, judged: Sequence[Judged], seeds: int) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield f"# Advice, the half to {part} {'from' if part == 'learn' else 'on'}"
    yield ""
    yield f"Written by `python bench/advice/advice.py --part {part} --seeds {seeds}` on {datetime.now(tz=UTC):%Y-%m-%d};"
    yield f"Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__},"
    yield f"{os.cpu_count()} cores, {memory:.0f} GiB (shared). {len(judged)} small real tasks, {seeds} paired proof seeds each."
    yield f"Remedies: {', '.join((STOPPED, *TRAINED))}, and no change; each number tuned with three settings at the own seed."
    yield "Regret of a choice: its mean test loss above that of the best remedy, as a share of what the best gains over no"
    yield f"change (where that is under {FLOOR:.0%} of the loss: as a share of {FLOOR:.0%}), cut off at {MOST:g}. 0 is the best, 1 no change."
    yield ""


def _policies(judged: Sequence[Judged]) -> Iterator[str]:
    yield "| policy | mean regret | median | more than goodfit's, 95 % over tasks | in the best set |"
    yield "|---|---|---|---|---|"
    ours = [each.regret for each in judged]
    hits = sum(each.chosen in each.best for each in judged)
    yield f"| goodfit's first prescription | {mean(ours):.2f} | {median(ours):.2f} | | {_share(hits, len(judged))} |"
    rows = {**SIMPLE, **{f"(always {name})": always(name) for name in (UNTREATED, *TRAINED[1:])}}
    for name, policy in rows.items():
        theirs = [policy(each.record.losses) for each in judged]
        more = [their - our for their, our in zip(theirs, ours, strict=True)]
        low, high = over_tasks(more)
        yield (
            f"| {name} | {mean(theirs):.2f} | {median(theirs):.2f} | {mean(more):+.2f} [{low:+.2f}, {high:+.2f}] "
            f"| {_hits(name, judged)} |"
        )
    yield ""


def _hits(name: str, judged: Sequence[Judged]) -> str:
    """How often a policy's choice is in the best set; of a random one in expectation."""
    if name == "a random remedy":
        shares = [
            mean(remedy in each.best for remedy in each.record.losses if remedy != UNTREATED)
            for each in judged
        ]
        return f"{mean(shares):.0%}"
    remedy = {"always raise dropout": "raise-dropout", "always early stop": STOPPED}.get(name, name[8:-1])
    return _share(sum(remedy in each.best for each in judged), len(judged))


def _share(hits: int, tasks: int) -> str:
    low, high = clopper_pearson(hits, tasks, 0.95)
    return f"{hits} of {tasks} [{low:.0%}, {high:.0%}]"


def _sets(judged: Sequence[Judged]) -> Iterator[str]:
    sizes = [distinct(each.record.losses, each.best) for each in judged]
    outside = sum("raise-dropout" not in each.best for each in judged)
    small = sum(
        attainable(each.record.losses) < FLOOR * mean_loss(each.record.losses, UNTREATED) for each in judged
    )
    failed = sum(len(each.record.failed) for each in judged)
    losses = mean(lost(each.record.losses, each.chosen) for each in judged)
    yield f"Size of the best set: median {median(sizes):g}, largest {max(sizes)} (equal runs counted once)."
    yield f"Raising dropout is outside the best set in {outside} of {len(judged)} tasks. Less than {FLOOR:.0%} is to be gained in {small}."
    yield f"Remedies of which a training diverged: {failed}. The advice leaves {losses:.1f} % of the untreated loss on the table, on average."
    yield ""


def _tasks(judged: Sequence[Judged]) -> Iterator[str]:
    yield "| task | network | found | goodfit says | best | best set | gain | regret | raise dropout | early stop |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for each in judged:
        losses, plan = each.record.losses, each.plan
        simple = [SIMPLE[name](losses) for name in ("always raise dropout", "always early stop")]
        gain = attainable(losses) / mean_loss(losses, UNTREATED)
        yield (
            f"| {plan.data}, {plan.sabotage} | {plan.model} {plan.width} | {' '.join(each.advice.found) or 'nothing'} "
            f"| {each.chosen} | {best_remedy(losses)} | {', '.join(sorted(each.best))} | {gain:.1%} | {each.regret:.2f} "
            f"| {simple[0]:.2f} | {simple[1]:.2f} |"
        )
