# SPDX-License-Identifier: Apache-2.0
"""Judging scores that other tools wrote; nothing of this loads torch."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from goodfit.errors import SettingsError
from goodfit.proof import compare_in_sequence, compare_runs
from goodfit.proof.measure import Measure
from goodfit.proof.scores import limits_of_files, read_groups, read_scores, score_runs
from goodfit.values import Goal, Verdict

ONE_LOOK = 1  # this one; goodfit knows of no other


def judge_files(
    files: tuple[str, str | None],
    *,
    metric: str,
    goal: Literal["minimize", "maximize"],
    margin: float | None,
    groups: Path | None,
    sequential: bool,
) -> Verdict:
    """The verdict on two files of per-example scores.

    Raises:
        SettingsError: there is no second file.
        InputError: a file cannot be read or is broken, or the two do not fit each other.
    """
    first, second = files
    if second is None:
        raise SettingsError(
            f"{first} has nothing to be compared with",
            todo="give a second file of per-example scores; or, when it is a TASK, name a --remedy",
        )
    measure = Measure(name=metric, goal=Goal(goal))
    tables = read_scores(first, metric), read_scores(second, metric)
    control, treatment = score_runs(*tables, measure)
    labels = read_groups(groups, tables[0]) if groups is not None else None
    judge = compare_in_sequence if sequential else compare_runs
    verdict = judge(control, treatment, margin=margin, groups=labels, holdout_reads=ONE_LOOK, measure=measure)
    return replace(verdict, limits=(*verdict.limits, *limits_of_files(*tables)))
