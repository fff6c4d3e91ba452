# SPDX-License-Identifier: Apache-2.0
"""`goodfit fix TASK`: the whole way, from a training to a verdict."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from goodfit._cli.extras import need_torch
from goodfit._cli.keeping import check_places, keep
from goodfit._cli.numbers import whole
from goodfit._cli.output import Format, stderr, stdout
from goodfit.report import print_report
from goodfit.values import dumps

Count = Annotated[int, Parameter(converter=whole)]


def fix(  # noqa: PLR0913 - each is an option of the command
    task: str,
    *,
    seeds: Count = 5,
    budget: Count | None = None,
    remedy: str | None = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    store: Path = Path(".goodfit"),
    workers: Count | None = None,
    page: Path | None = None,
    output_format: Format = "text",
) -> None:
    """Diagnose a training, change the model, and prove on locked test data whether that helped.

    Parameters
    ----------
    task:
        package.module:function or path.py:function that gives a Task (goodfit init writes one to start from),
        or a built-in example: mnist, mnist-cnn.
    seeds:
        Paired trainings of the proof. 5 is the least for a claim; 1 compares two checkpoints only.
    budget:
        Epochs that all trainings together may take.
    remedy:
        Carry this remedy out whatever the prescription says: raise-dropout, lower-dropout, weight-decay.
    dry_run:
        Say what would run and what it would cost, and stop.
    store:
        Folder of finished trainings; what lies there is not trained again.
    workers:
        Processes to train in; when not given, one on a GPU, else as many as there are processors.
    page:
        The report page's file; beside report.json in the store when not given.
    output_format:
        Text for people, or JSON.
    """
    check_places(store, page)
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
    if output_format == "json":
        print(dumps(report, indent=2))
    else:
        console = stdout()
        print_report(console, report)
        for name, path in paths:
            console.print(f"{name}: {path}", soft_wrap=True)
