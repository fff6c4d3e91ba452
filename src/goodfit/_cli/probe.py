# SPDX-License-Identifier: Apache-2.0
"""`goodfit probe TASK`: cheap experiments that settle what curves leave open."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from goodfit._cli.diagnose import FailOn, has_finding
from goodfit._cli.extras import need_torch
from goodfit._cli.keeping import check_places
from goodfit._cli.output import Format, stderr, stdout
from goodfit.values import ProbeResult, to_json

if TYPE_CHECKING:
    from goodfit.training import TaskSource


def probe(
    task: str,
    *,
    only: Annotated[tuple[str, ...], Parameter(negative=(), consume_multiple=True)] = (),
    store: Path = Path(".goodfit"),
    fail_on: FailOn = "warning",
    output_format: Format = "text",
    verbose: Annotated[bool, Parameter(alias="-v")] = False,
) -> int:
    """Run cheap experiments on a training: is the gap real, does evaluation repeat itself, are there duplicates?

    Parameters
    ----------
    task:
        package.module:function or path.py:function that gives a Task (goodfit init writes one to start from),
        or a built-in example: mnist, mnist-cnn.
    only:
        Carry out these probes alone; all when not given.
    store:
        Folder of finished trainings; the task's own run is taken from there, or trained first.
    fail_on:
        Exit with 1 when a finding is at least this severe.
    output_format:
        Text for people, or JSON.
    verbose:
        Show the evidence of every probe, also where nothing was found.
    """
    check_places(store, None)
    need_torch()
    from goodfit.report.terminal.probing import print_probes
    from goodfit.tasks import find_task
    from goodfit.training import prepare

    source = find_task(task)
    results = _carried_out(source, only, store)
    if output_format == "json":
        print(json.dumps([to_json(each) for each in results], indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print_probes(stdout(), prepare(source).task.name, results, verbose=verbose)
    return int(has_finding(results, fail_on))


def _carried_out(source: "TaskSource", only: tuple[str, ...], store: Path) -> tuple[ProbeResult, ...]:
    """Tell on stderr what is done and what it costs while it is done."""
    from goodfit._cli.progress import Teller
    from goodfit.probes import Probe, choose
    from goodfit.probes import probe as look
    from goodfit.training import prepare, settle_threads

    settle_threads()
    chosen = choose(only or None)
    name = prepare(source).task.name
    with Teller(stderr()) as teller:

        def begins(each: Probe) -> None:
            teller.stage(f"{each.name}: {each.cost}")

        def ended(result: ProbeResult) -> None:
            teller.console.print(f"  {result.outcome}, {result.seconds:.2f} s", soft_wrap=True)

        if any(each.uses_run for each in chosen):
            teller.stage(f"training {name} as planned, or taking it from {store}")
        return look(
            source,
            [each.name for each in chosen],
            store=store,
            on_epoch=teller.epoch,
            on_probe=begins,
            on_result=ended,
        )
