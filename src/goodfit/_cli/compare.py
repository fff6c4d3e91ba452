# SPDX-License-Identifier: Apache-2.0
"""`goodfit compare TASK`: every remedy side by side, proven on held-out data."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from goodfit._cli.command_options import CommandOptions, one_of
from goodfit._cli.compare_command import command_and_places, print_runs, refuse_places
from goodfit._cli.extras import need_torch
from goodfit._cli.files import check_file, write_file
from goodfit._cli.judging import parts
from goodfit._cli.keeping import check_places, keep
from goodfit._cli.output import Output, check_output, opened, stderr, stdout
from goodfit._cli.report import write_report
from goodfit._cli.running import Count, Running, check_running, processes, store_for, workers_for
from goodfit.errors import SettingsError
from goodfit.report import comparison_plot

Names = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)]


def compare(  # noqa: PLR0913 - each is an option of the command
    task: str | None = None,
    *,
    remedies: Names = (),
    combine: Annotated[tuple[str, ...], Parameter(name="--with", negative=(), show_default=False)] = (),
    seeds: Count = 8,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    page: Path | None = None,
    plot: Path | None = None,
    running: Running = Running(),  # noqa: B008 - frozen
    command: CommandOptions = CommandOptions(),  # noqa: B008 - the same
    output: Output = Output(),  # noqa: B008 - the same
    **values: str,
) -> None:
    """Put every remedy beside the untreated training under equal conditions, and prove which helps on held-out data.

    Parameters
    ----------
    task:
        package.module:function or path.py:function that gives a Task (goodfit init writes one to start from),
        or a built-in example: mnist, mnist-cnn; fashion, text-lstm, text-bag, char-lstm, recommender-mlp and
        recommender-mf read their data from the folder named by GOODFIT_DATA. Or leave it out and give --command.
    remedies:
        Compare these alone: names with commas between, such as raise-dropout,more-nodes. When not given, the usual
        ones and the prescribed one.
    combine:
        Remedies to be carried out together as well, such as raise-dropout+weight-decay; with commas between. Of a
        command: its places, such as dropout+decay.
    seeds:
        Paired trainings of each remedy. With fewer than 8 a correction for ten remedies can pass none.
    dry_run:
        Say what would run and what it would cost, and stop.
    page:
        The page's file; beside the JSON in the store when not given.
    plot:
        Write the plot of all gains to this file as well, as SVG.
    values:
        Of a command: a place and its values, the present one first, then from mild to strong, as in
        --dropout 0,0.2,0.4 --decay 0,0.01. Each place with several values is a remedy.
    """
    one_of(task, command)
    check_running(running)
    check_places(running.reports, page)
    check_output(output)
    if plot is not None:
        check_file(plot)
    if dry_run and output != Output():
        raise SettingsError(
            "--dry-run prints text on stdout", todo="leave --output-format and --output-file out"
        )
    need_torch()
    from goodfit._cli.compare_dry_run import print_bill
    from goodfit._cli.progress import Teller
    from goodfit.comparing import compare as run_comparison
    from goodfit.execution import processors
    from goodfit.tasks import find_task
    from goodfit.training import CommandSource, TaskSource, settle_threads

    settle_threads()
    store = store_for(running)
    source: CommandSource | TaskSource
    if task is None:
        source, places = command_and_places(command, running, values)
    else:
        refuse_places(values)
        source, places = find_task(task), {}
    asked = {"remedies": parts(remedies), "combinations": parts(combine)}
    if dry_run and isinstance(source, CommandSource):
        print_runs(stdout(), source, places, parts(combine), seeds)
        return
    if dry_run and isinstance(source, TaskSource):
        print_bill(stdout(), source, seeds=seeds, workers=processes(running, source) or processors(), **asked)
        return
    with Teller(stderr()) as teller, workers_for(running, source) as workers:
        found = run_comparison(
            source,
            remedies=parts(remedies),
            combinations=parts(combine),
            places=places,
            seeds=seeds,
            store=store,
            workers=workers,
            listener=teller,
        )
    paths = keep(found, running.reports, page)
    if plot is not None and (drawn := comparison_plot(found)) is not None:
        write_file(drawn, plot)
        paths = (*paths, ("plot", plot))
    with opened(output) as console:
        write_report(console, found, output.output_format)
    if output.output_format == "text":
        for name, path in paths:
            stdout().print(f"{name}: {path}", soft_wrap=True)
