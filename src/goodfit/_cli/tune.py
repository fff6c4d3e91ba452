# SPDX-License-Identifier: Apache-2.0
"""`goodfit tune TASK` or `goodfit tune --command ...`: find a dose, cheaply, on validation data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console

from goodfit._cli import INTERRUPTED
from goodfit._cli.command_options import CommandOptions, one_of
from goodfit._cli.command_places import check_known, spelled
from goodfit._cli.extras import need_torch
from goodfit._cli.keeping import check_places
from goodfit._cli.output import Format, Output, check_output, opened, put, stderr, stdout
from goodfit._cli.running import Running, check_running, refuse_cluster, store_for
from goodfit.errors import SettingsError
from goodfit.values import Study, dumps

if TYPE_CHECKING:
    from goodfit.tuning import Budget


def tune(  # noqa: PLR0913 - each is an option of the command
    task: str | None = None,
    *,
    remedy: str | None = None,
    budget: str | None = None,
    now: str | None = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    optuna: str | None = None,
    study_name: str | None = None,
    running: Running = Running(),  # noqa: B008 - frozen
    command: CommandOptions = CommandOptions(),  # noqa: B008 - the same
    output: Output = Output(),  # noqa: B008 - the same
    **values: str,
) -> int:
    """Find the dose of a remedy (how much: a dropout rate, a weight decay) on validation data.

    Ctrl-C ends the search after the epoch under way and prints the best so far (exit code 130); the same command goes
    on from there.

    Parameters
    ----------
    task:
        package.module:function or path.py:function that gives a Task, or a built-in example, as for fix; or leave it
        out and give --command.
    remedy:
        Tune this remedy, such as raise-dropout or weight-decay; when not given, the one that fits the diagnosis.
    budget:
        What the search may take beside your own run: epochs (60), runs as planned (1.5T), or time (90s, 5m). What it
        cuts short is named, and the best so far is the result. Of a command, time alone.
    now:
        The present value, when it is not the first of those that are tried; of a command only.
    dry_run:
        Say what would be trained and what that would cost at most, and stop; of a TASK only.
    optuna:
        Storage of an Optuna study that you have, such as sqlite:///study.db: each arm is added to it as a trial. Needs
        --study-name, and pip install 'goodfit[tune]'.
    study_name:
        Name of that study.
    values:
        Of a command: the place to turn and its values, the present one first, then from mild to strong, as in
        --dropout 0,0.2,0.4,0.6; one value alone stays the same in every run, like --set.
    """
    one_of(task, command)
    check_running(running)
    check_places(running.reports, None)
    check_output(output)
    need_torch()
    from goodfit.training import settle_threads
    from goodfit.tuning import Budget, StudyInterrupted

    settle_threads()
    cap = None if budget is None else Budget.of(budget)
    theirs = _optuna_study(optuna, study_name)
    try:
        if task is not None:
            _refuse({**values, **({} if now is None else {"now": now})})
            from goodfit._cli.tune_task import Asked, print_plan, tune_task

            asked = Asked(task, remedy, cap, running, store_for(running), theirs)
            if dry_run:
                print_plan(asked, stdout())
                return 0
            study = tune_task(asked, stderr())
        else:
            given = {"remedy": remedy, "dry_run": dry_run or None}
            _refuse({name: value for name, value in given.items() if value}, "a TASK, not for a command")
            study = _of_command(_Command(command, values, now, cap, running, theirs))
    except StudyInterrupted as stopped:
        _write(stopped.study, output)
        stderr().print(
            f"goodfit: the search was {stopped.study.stopped}; the same command goes on from there",
            soft_wrap=True,
        )
        return INTERRUPTED
    _write(study, output)
    return 0


def _optuna_study(storage: str | None, name: str | None) -> Any:
    """The user's Optuna study, where one was named."""
    if storage is None and name is None:
        return None
    if storage is None or name is None:
        missing = "--optuna" if storage is None else "--study-name"
        raise SettingsError(
            f"{missing} is missing",
            where=missing,
            todo="give both: --optuna sqlite:///study.db --study-name NAME",
        )
    from goodfit.tuning.optuna_study import stored_study

    return stored_study(storage, name)


def _write(study: Study, output: Output) -> None:
    with opened(output) as console:
        write_study(console, study, output.output_format)


def write_study(console: Console, study: Study, form: Format) -> None:
    """Write a study in the format that was asked for."""
    if form == "json":
        put(console, dumps(study, indent=2))
    elif form == "jsonl":
        put(console, dumps(study))
    elif form == "markdown":
        from goodfit.report.markdown.story import markdown_study

        put(console, markdown_study(study))
    else:
        from goodfit.report.terminal.study import print_study

        print_study(console, study)


@dataclass(frozen=True, slots=True)
class _Command:
    """What was asked of a command."""

    options: CommandOptions
    values: Mapping[str, str]
    now: str | None
    budget: "Budget | None"
    running: Running
    study: Any  # of Optuna


def _refuse(odd: Mapping[str, object], whose: str = "a training by command, or unknown") -> None:
    """Refuse options of the other kind of training."""
    if odd:
        name = f"--{next(iter(odd)).replace('_', '-')}"
        raise SettingsError(
            f"{name} is for {whose}", where=name, todo="leave it out; see `goodfit tune --help`"
        )


def _of_command(asked: _Command) -> Study:
    """Turn the place whose values were listed; the others stay as they are."""
    from goodfit._cli.progress import Teller
    from goodfit.execution import Workers
    from goodfit.training import prepare
    from goodfit.tuning import command_knob
    from goodfit.tuning import tune as search

    refuse_cluster(asked.running)
    source, store = asked.options.source(asked.running.reports), store_for(asked.running)
    listed, fixed = sorted_out(
        asked.values, asked.options.fixed, turned=asked.now is not None, known=source.open_names
    )
    ((name, tried),) = listed.items()
    knob = command_knob(source, name, tried, now=asked.now, fixed=fixed)
    prepare(source)  # whatever is wrong with the command is said first
    with Teller(stderr()) as teller, Workers(asked.running.workers or 1) as pool:
        teller.stage(
            f"finding {name}: {1 + len(knob.values)} runs of the command at most ({name} = {knob.own:g}, which you have, "
            f"then {', '.join(f'{value:g}' for value in knob.values)}), each to its end; those in {store} are not run again"
        )
        return search(
            source,
            knob,
            budget=asked.budget,
            store=store,
            workers=pool,
            on_run=teller.run,
            study=asked.study,
        )


def sorted_out(
    values: Mapping[str, str], fixed: Mapping[str, str], *, turned: bool, known: Sequence[str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The one place with several values, and the places that stay as they are.

    Args:
        values: as typed, by the name of their option.
        fixed: of --set.
        turned: whether one value is enough for the place that is turned, because the present one is named elsewhere.
        known: the command's places.

    Raises:
        SettingsError: no place has several values, several have, or an option is none and no place.
    """
    typed = spelled(values)
    check_known(typed, known, _OPTIONS)
    cut = {name: [part.strip() for part in value.split(",")] for name, value in typed.items()}
    listed = {name: parts for name, parts in cut.items() if len(parts) > 1}
    if turned and not listed:
        listed = cut
    if len(listed) != 1:
        found = (
            "no place has values to try" if not listed else f"{' and '.join(listed)} both have several values"
        )
        raise SettingsError(
            found,
            where="--command",
            todo="list the values of one place, the present one first: "
            + (
                f"--{known[0]} 0,0.2,0.4"
                if known
                else "write {dropout} into the command, and give --dropout 0,0.2"
            ),
        )
    return listed, {**fixed, **{name: typed[name] for name in typed if name not in listed}}


_OPTIONS = (
    "remedy",
    "budget",
    "now",
    "dry-run",
    "optuna",
    "study-name",
    "store",
    "workers",
    "log",
    "scores",
    "holdout",
    "train",
    "val",
    "timeout",
)
