# SPDX-License-Identifier: Apache-2.0
"""`goodfit fix TASK`: the whole way, from a training to a verdict."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from goodfit._cli.extras import need_torch
from goodfit._cli.keeping import check_places, keep
from goodfit._cli.numbers import whole_or_auto
from goodfit._cli.output import Output, check_output, opened, stderr, stdout
from goodfit._cli.report import write_report
from goodfit._cli.running import Count, Running, check_running, processes, store_for, workers_for
from goodfit.errors import SettingsError

SeedCount = Annotated[int | Literal["auto"], Parameter(converter=whole_or_auto, show_choices=False)]


def fix(  # noqa: PLR0913 - each is an option of the command
    task: str,
    *,
    seeds: SeedCount = 5,
    budget: Count | None = None,
    remedy: str | None = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    page: Path | None = None,
    running: Running = Running(),  # noqa: B008 - frozen
    output: Output = Output(),  # noqa: B008 - the same
) -> None:
    """Diagnose a training, change the model, and prove on locked test data whether that helped.

    Parameters
    ----------
    task:
        package.module:function or path.py:function that gives a Task (goodfit init writes one to start from),
        or a built-in example: mnist, mnist-cnn; fashion, text-lstm, text-bag, char-lstm, recommender-mlp and
        recommender-mf read their data from the folder named by GOODFIT_DATA.
    seeds:
        Paired trainings of the proof. 5 is the least for a claim; 1 compares two checkpoints only; auto adds pairs,
        20 at most, until the answer is there or can no longer come.
    budget:
        Epochs that all trainings together may take.
    remedy:
        Carry this remedy out whatever the prescription says, such as raise-dropout, weight-decay, l1 or
        label-smoothing; goodfit explain lists all. Not early-stopping: both arms of the proof have it.
    dry_run:
        Say what would run and what it would cost, and stop.
    page:
        The report page's file; beside report.json in the store when not given.
    """
    check_running(running)
    check_places(running.reports, page)
    check_output(output)
    if dry_run and output != Output():
        raise SettingsError(
            "--dry-run prints text on stdout", todo="leave --output-format and --output-file out"
        )
    need_torch()
    from goodfit._cli.dry_run import print_dry_run
    from goodfit._cli.progress import Teller
    from goodfit.execution import processors
    from goodfit.flow import fix as run_flow
    from goodfit.tasks import find_task
    from goodfit.training import settle_threads

    settle_threads()
    source, store = find_task(task), store_for(running)
    if dry_run:
        print_dry_run(
            stdout(), source, seeds=seeds, budget=budget, workers=processes(running, source) or processors()
        )
        return
    with Teller(stderr()) as teller, workers_for(running, source) as workers:
        report = run_flow(
            source,
            seeds=seeds,
            budget=budget,
            remedy=remedy,
            store=store,
            workers=workers,
            listener=teller,
        )
    paths = keep(report, running.reports, page)
    with opened(output) as console:
        write_report(console, report, output.output_format)
    if output.output_format == "text":
        for name, path in paths:
            stdout().print(f"{name}: {path}", soft_wrap=True)
