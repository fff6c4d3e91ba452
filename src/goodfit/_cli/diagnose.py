# SPDX-License-Identifier: Apache-2.0
"""`goodfit diagnose FILE`: what is wrong."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from goodfit._cli.inputs import Choosing, several_runs
from goodfit._cli.judging import Heard, Judging, Selection, exit_code, worst_of
from goodfit._cli.output import FindingsFormat, FindingsOutput, beside, check_output, opened, put
from goodfit.measures import phases
from goodfit.report import print_diagnosis
from goodfit.rules import diagnose as judge
from goodfit.values import Diagnosis, History, Results


def diagnose(
    *file: Path,
    verbose: Annotated[bool, Parameter(alias="-v")] = False,
    workers: int = 1,
    judging: Judging = Judging(),  # noqa: B008 - frozen
    selection: Selection = Selection(),  # noqa: B008 - the same
    output: FindingsOutput = FindingsOutput(),  # noqa: B008 - the same
    choosing: Choosing = Choosing(),  # noqa: B008 - the same
) -> int:
    """Find out what is wrong: overfitting since which epoch, underfitting, stopped too early, or healthy.

    Parameters
    ----------
    file:
        A log of any tool (docs/formats.md lists them), or - for standard input. Or a directory, a pattern, or several
        of these: every run in them gets a line, the worst first; so do the runs of a log that holds several.
    verbose:
        Show every rule's evidence, also where nothing was found; for a directory, all findings of each run.
    workers:
        Processes that judge the runs of a directory.
    """
    heard = Heard(selection)
    check_output(output, *file)
    history = several_runs(file, choosing)
    if not isinstance(history, History):
        from goodfit._cli.diagnose_folder import Folder, diagnose_folder

        folder = Folder(read=history, given=file, heard=heard, workers=workers, verbose=verbose)
        with opened(output, *file) as console:
            worst = diagnose_folder(console, folder, output.output_format, judging)
        return exit_code(worst, judging)
    diagnoses = heard(judge(history))
    with opened(output, *file) as console:
        if output.output_format == "text":
            print_diagnosis(
                console, history, diagnoses, phases(history), verbose=verbose, left_out=heard.left_out
            )
        else:
            put(console, _rendered(file[0], history, diagnoses, heard, (output.output_format, judging)))
    return exit_code(worst_of(diagnoses), judging)


def _rendered(
    file: Path,
    history: History,
    diagnoses: Results[Diagnosis],
    heard: Heard,
    form: tuple[FindingsFormat, Judging],
) -> str:
    """One run in any format but text."""
    from goodfit.values import dumps

    wanted, judging = form
    if wanted == "json":
        from goodfit._cli.log_report import report_of

        return dumps(report_of(history, diagnoses, heard.left_out), indent=2)
    if wanted == "jsonl":
        from goodfit.report.overview import run_overview

        return dumps(run_overview(history.source or str(file), history, diagnoses))
    if wanted == "markdown":
        from goodfit.report.markdown.story import markdown_diagnosis

        return markdown_diagnosis(history, diagnoses, phases(history), left_out=heard.left_out)
    from goodfit._cli.machine import rendered
    from goodfit.report.machine.checked import checked_run

    artifact = beside(file) if file.is_file() else None
    run = checked_run(artifact or history.source or str(file), artifact, history, diagnoses)
    return rendered(wanted, [run], heard.rules, "diagnose", judging)
