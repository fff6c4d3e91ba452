# SPDX-License-Identifier: Apache-2.0
"""`goodfit probe TASK`: cheap experiments that settle what curves leave open."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from goodfit._cli.extras import need_torch
from goodfit._cli.judging import Judging, exit_code, parts, worst_of
from goodfit._cli.keeping import check_places
from goodfit._cli.output import FindingsFormat, FindingsOutput, beside, check_output, opened, put, stderr
from goodfit.values import ProbeResult, dumps, to_json

if TYPE_CHECKING:
    from goodfit.training import TaskSource


def probe(
    task: str,
    *,
    only: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    store: Path = Path(".goodfit"),
    verbose: Annotated[bool, Parameter(alias="-v")] = False,
    judging: Judging = Judging(),  # noqa: B008 - frozen
    output: FindingsOutput = FindingsOutput(),  # noqa: B008 - the same
) -> int:
    """Run cheap experiments on a training: is the gap real, does evaluation repeat itself, are there duplicates?

    Parameters
    ----------
    task:
        package.module:function or path.py:function that gives a Task (goodfit init writes one to start from),
        or a built-in example: mnist, mnist-cnn; fashion, text-lstm, text-bag, char-lstm, recommender-mlp and
        recommender-mf read their data from the folder named by GOODFIT_DATA.
    only:
        Carry out these probes alone: names with commas between, or the option again. All when not given.
    store:
        Folder of finished trainings; the task's own run is taken from there, or trained first.
    verbose:
        Show the evidence of every probe, also where nothing was found.
    """
    check_places(store, None)
    check_output(output)
    need_torch()
    from goodfit.tasks import find_task
    from goodfit.training import prepare

    source = find_task(task)
    results = _carried_out(source, parts(only), store)
    told = _Told(task=task, name=prepare(source).task.name, results=results, verbose=verbose)
    with opened(output) as console:
        _write(console, told, output.output_format, judging)
    return exit_code(worst_of(results), judging)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What is to be written."""

    task: str  # as it was asked for
    name: str  # as the task calls itself
    results: tuple[ProbeResult, ...]
    verbose: bool


def _write(console: Console, told: _Told, form: FindingsFormat, judging: Judging) -> None:
    if form == "json":
        listed = [to_json(each) for each in told.results]
        put(console, json.dumps(listed, indent=2, ensure_ascii=False, allow_nan=False))
    elif form == "jsonl":
        for each in told.results:
            put(console, dumps(each))
    elif form == "markdown":
        from goodfit.report.markdown.story import markdown_probes

        put(console, markdown_probes(told.name, told.results))
    elif form == "text":
        from goodfit.report.terminal.probing import print_probes

        print_probes(console, told.name, told.results, verbose=told.verbose)
    else:
        from goodfit._cli.machine import rendered
        from goodfit._probe_pages import probe_entry
        from goodfit.probes import PROBES
        from goodfit.report.machine.checked import checked_task

        file = Path(told.task.rpartition(":")[0] or told.task)
        artifact = beside(file) if file.is_file() else None
        checked = [checked_task(told.task if artifact is None else artifact, artifact, told.results)]
        put(console, rendered(form, checked, [probe_entry(each) for each in PROBES], "probe", judging))


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
