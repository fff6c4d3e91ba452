# SPDX-License-Identifier: Apache-2.0
"""`goodfit prescribe FILE`: what to change, and why nothing else."""

from dataclasses import replace
from pathlib import Path

from goodfit._cli.inputs import Choosing, one_history
from goodfit._cli.output import Format, report_of, stdout
from goodfit.remedies import prescribe as choose
from goodfit.report import print_diagnosis, print_prescriptions
from goodfit.values import ModelFacts, dumps


def prescribe(
    file: Path,
    *,
    task: str | None = None,
    output_format: Format = "text",
    choosing: Choosing = Choosing(),  # noqa: B008 - frozen
) -> None:
    """Say what to change, where and how much, and why nothing else.

    Parameters
    ----------
    file:
        A log, as for diagnose.
    task:
        module:function or path.py:function that gives the Task; its model names the places to change.
    output_format:
        Text for people, or JSON.
    """
    report = report_of(one_history(file, choosing))
    facts = _facts(task) if task is not None else None
    report = replace(report, model=facts, prescriptions=choose(report.diagnoses, report.history, facts))
    if output_format == "json":
        print(dumps(report, indent=2))
        return
    console = stdout()
    print_diagnosis(console, report.history, report.diagnoses, report.phases)
    console.print()
    print_prescriptions(console, report.prescriptions)


def _facts(task: str) -> ModelFacts:
    from goodfit._cli.extras import need_torch

    need_torch()
    from goodfit._experiment import facts_of
    from goodfit.tasks import find_task
    from goodfit.training import prepare

    return facts_of(prepare(find_task(task)))
