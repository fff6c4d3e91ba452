# SPDX-License-Identifier: Apache-2.0
"""`goodfit prescribe FILE`: what to change, and why nothing else."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from goodfit._cli.inputs import Choosing, one_history
from goodfit._cli.log_report import report_of
from goodfit._cli.output import Format, Output, check_output, opened, put
from goodfit.remedies import prescribe as choose
from goodfit.report import print_diagnosis, print_prescriptions
from goodfit.rules import diagnose
from goodfit.values import ModelFacts, Report, dumps


def prescribe(
    file: Path,
    *,
    task: str | None = None,
    output: Output = Output(),  # noqa: B008 - frozen
    choosing: Choosing = Choosing(),  # noqa: B008 - the same
) -> None:
    """Say what to change, where and how much, and why nothing else.

    Parameters
    ----------
    file:
        A log, as for diagnose.
    task:
        module:function or path.py:function that gives the Task; its model names the places to change.
    """
    check_output(output, file)
    history = one_history(file, choosing)
    report = report_of(history, diagnose(history))
    facts = _facts(task) if task is not None else None
    report = replace(report, model=facts, prescriptions=choose(report.diagnoses, report.history, facts))
    with opened(output, file) as console:
        _write(console, report, output.output_format)


def _write(console: Console, report: Report, form: Format) -> None:
    if form == "json":
        put(console, dumps(report, indent=2))
    elif form == "jsonl":
        for each in report.prescriptions:
            put(console, dumps(each))
    elif form == "markdown":
        from goodfit.report.markdown.story import markdown_prescription

        put(console, markdown_prescription(report))
    else:
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
