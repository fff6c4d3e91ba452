# SPDX-License-Identifier: Apache-2.0
"""`goodfit fix TASK`: the whole way, from a training to a verdict."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from goodfit._cli.extras import need_torch
from goodfit._cli.keeping import check_places, keep
from goodfit._cli.numbers import whole, whole_or_auto
from goodfit._cli.output import Output, check_output, opened, stderr, stdout
from goodfit._cli.report import write_report
from goodfit.errors import SettingsError

Count = Annotated[int, Parameter(converter=whole)]
SeedCount = Annotated[int | Literal["auto"], Parameter(converter=whole_or_auto, show_choices=False)]


def fix(  # noqa: PLR0913 - each is an option of the command
    task: str,
    *,
    seeds: SeedCount = 5,
    budget: Count | None = None,
    remedy: str | None = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    store: Path = Path(".goodfit"),
    workers: Count | None = None,
    page: Path | None = None,
    output: Output = Output(),  # noqa: B008 - frozen
) -> None:
    """Diagnose a training, change the model, and prove on locked test data whether that helped.

    Parameters
    ----------
    task:
        package.module:function or path.py:function that gives a Task (goodfit init writes one to start from),
        or a built-in example: mnist, mnist-cnn; fashion, text-lstm, text-bag, recommender-mlp and recommender-mf
        read their data from the folder named by GOODFIT_DATA.
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
    store:
        Folder of finished trainings; what lies there is not trained again.
    workers:
        Processes to train in; when not given, one on a GPU, else as many as there are processors.
    page:
        The report page's file; beside report.json in the store when not given.
    """
    check_places(store, page)
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
    from goodfit.training import choose_device, prepare, settle_threads

    settle_threads()
    source = find_task(task)
    processes = workers or (1 if choose_device(prepare(source).task.device).type == "cuda" else processors())
    if dry_run:
        print_dry_run(stdout(), source, seeds=seeds, budget=budget, workers=processes)
        return
    with Teller(stderr()) as teller:
        report = run_flow(
            source,
            seeds=seeds,
            budget=budget,
            remedy=remedy,
            store=store,
            workers=processes,
            listener=teller,
        )
    paths = keep(report, store, page)
    with opened(output) as console:
        write_report(console, report, output.output_format)
    if output.output_format == "text":
        for name, path in paths:
            stdout().print(f"{name}: {path}", soft_wrap=True)
