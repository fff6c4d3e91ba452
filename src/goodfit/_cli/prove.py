# SPDX-License-Identifier: Apache-2.0
"""`goodfit prove A B`: judge per-example scores of two recipes; `goodfit prove TASK --remedy NAME`: train the pairs first."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.console import Console

from goodfit._cli.numbers import whole, whole_or_auto
from goodfit._cli.output import Format, Output, check_output, opened, put
from goodfit.errors import SettingsError
from goodfit.values import Verdict, dumps

Count = Annotated[int, Parameter(converter=whole)]
SeedCount = Annotated[int | Literal["auto"], Parameter(converter=whole_or_auto, show_choices=False)]


def prove(  # noqa: PLR0913 - each is an option of the command
    control: str | None = None,
    treatment: str | None = None,
    *,
    margin: float | None = None,
    sequential: Annotated[bool, Parameter(negative=())] = False,
    groups: Path | None = None,
    metric: str = "loss",
    goal: Literal["minimize", "maximize"] = "minimize",
    remedy: str | None = None,
    dose: float | None = None,
    seeds: SeedCount | None = None,
    store: Path = Path(".goodfit"),
    workers: Count | None = None,
    looks: Annotated[bool, Parameter(negative=())] = False,
    output: Output = Output(),  # noqa: B008 - frozen
) -> None:
    """Judge whether one recipe generalises better than another, on test data that nobody tuned on.

    Parameters
    ----------
    control:
        A file of per-example test scores of the recipe without the change (JSON, CSV, TSV, npy, npz; a report of
        goodfit, of which report.json:control names an arm). With --remedy: a TASK, as for fix.
    treatment:
        The same for the recipe with the change, on the same examples and with the same seeds.
    margin:
        A difference up to this size does not matter; decide on it before you look. 1 % of the control's mean when not
        given.
    sequential:
        The files' seeds are judged one after the other, in their order, and more may be added later.
    groups:
        A file with one label per test example; examples of one label (patient, user) are not independent.
    metric:
        What the scores are; also the name of their column in a CSV.
    goal:
        Whether less or more of it is better.
    remedy:
        Train and prove this remedy, by its name in the rulebook, on the TASK that is named first.
    dose:
        How much of it, in its own unit.
    seeds:
        With --remedy: paired trainings, 5 when not given; auto adds pairs, 20 at most, until it is settled.
    store:
        Folder of finished trainings, and of the list of looks at test sets.
    workers:
        With --remedy: processes to train in.
    looks:
        Print the looks at test sets that were written down in the store, and stop.
    """
    check_output(output)
    if looks:
        from goodfit._cli.looks import print_looks

        with opened(output) as console:
            print_looks(console, store, output.output_format)
        return
    if control is None:
        raise SettingsError(
            "nothing was named that could be proven",
            todo="give two files of per-example scores, or a TASK and --remedy NAME",
        )
    if remedy is not None:
        from goodfit._cli.prove_task import Asked, prove_task

        _leave_out(groups=groups, margin=margin, sequential=sequential or None, treatment=treatment)
        asked = Asked(task=control, remedy=remedy, dose=dose, seeds=seeds or 5, store=store, workers=workers)
        verdict, notes = prove_task(asked)
    else:
        from goodfit._cli.prove_files import judge_files

        _leave_out(dose=dose, seeds=seeds, workers=workers)
        verdict = judge_files(
            (control, treatment),
            metric=metric,
            goal=goal,
            margin=margin,
            groups=groups,
            sequential=sequential,
        )
        notes = ()
    with opened(output) as console:
        write_verdict(console, verdict, output.output_format)
        if output.output_format == "text":
            for note in notes:
                console.print(note, soft_wrap=True)


def write_verdict(console: Console, verdict: Verdict, form: Format) -> None:
    """Write a verdict in the format that was asked for."""
    if form in ("json", "jsonl"):
        put(console, dumps(verdict, indent=2 if form == "json" else None))
    elif form == "markdown":
        from goodfit.report.markdown.story import markdown_verdict

        put(console, markdown_verdict(verdict))
    else:
        from goodfit.report import print_verdict

        print_verdict(console, verdict)


def _leave_out(**given: object) -> None:
    """Refuse options of the other way to prove."""
    odd = [name for name, value in given.items() if value is not None]
    if odd:
        name = odd[0]
        what = "a second file" if name == "treatment" else f"--{name}"
        raise SettingsError(
            f"{what} has no meaning " + ("beside --remedy" if "groups" in given else "without --remedy"),
            todo=f"leave it out, or {'name two files and no remedy' if 'groups' in given else 'name a TASK and --remedy'}",
        )
