# SPDX-License-Identifier: Apache-2.0
"""`goodfit tune TASK` or `goodfit tune --command ...`: find a dose, cheaply, on validation data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from goodfit._cli.command_options import CommandOptions, one_of
from goodfit._cli.command_places import given_places
from goodfit._cli.extras import need_torch
from goodfit._cli.keeping import check_places
from goodfit._cli.output import Format, Output, check_output, opened, put, stderr
from goodfit._cli.running import Count, Running, check_running, store_for, workers_for
from goodfit.errors import SettingsError
from goodfit.values import Study, dumps

if TYPE_CHECKING:
    from goodfit._cli.progress import Teller
    from goodfit.execution import Folder


def tune(  # noqa: PLR0913 - each is an option of the command
    task: str | None = None,
    *,
    remedy: str | None = None,
    budget: Count | None = None,
    now: str | None = None,
    running: Running = Running(),  # noqa: B008 - frozen
    command: CommandOptions = CommandOptions(),  # noqa: B008 - the same
    output: Output = Output(),  # noqa: B008 - the same
    **values: str,
) -> None:
    """Find the dose of a remedy (how much: a dropout rate, a weight decay) on validation data.

    Parameters
    ----------
    task:
        package.module:function or path.py:function that gives a Task, or a built-in example, as for fix; or leave it
        out and give --command.
    remedy:
        Tune this remedy, such as raise-dropout or weight-decay; when not given, the one that fits the diagnosis.
    budget:
        Epochs that the search may train in all; of a TASK only.
    now:
        The present value, when it is not the first of those that are tried; of a command only.
    values:
        Of a command: the place to turn and its values, the present one first, then from mild to strong, as in
        --dropout 0,0.2,0.4,0.6; one value alone stays the same in every run, like --set.
    """
    one_of(task, command)
    check_running(running)
    check_places(running.reports, None)
    check_output(output)
    need_torch()
    from goodfit._cli.progress import Teller
    from goodfit.training import settle_threads

    settle_threads()
    with Teller(stderr()) as teller:
        place = _Place(running, store_for(running), teller)
        if task is not None:
            _refuse({**values, **({} if now is None else {"now": now})})
            study = _of_task(task, remedy, budget, place)
        else:
            given = {"remedy": remedy, "budget": budget}
            _refuse(
                {name: value for name, value in given.items() if value is not None},
                "a TASK, not for a command",
            )
            study = _of_command(command, values, now, place)
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
class _Place:
    """Where a search works, and who is told."""

    running: Running
    store: "Folder"
    teller: "Teller"


def _refuse(odd: Mapping[str, object], whose: str = "a training by command, or unknown") -> None:
    """Refuse options of the other kind of training."""
    if odd:
        name = f"--{next(iter(odd)).replace('_', '-')}"
        raise SettingsError(
            f"{name} is for {whose}", where=name, todo="leave it out; see `goodfit tune --help`"
        )


def _of_task(task: str, remedy: str | None, budget: int | None, place: _Place) -> Study:
    """Tune what was asked for, or what the task's own run calls for."""
    from goodfit._experiment import carried_out, facts_of, knob_of, nothing_to_do
    from goodfit.execution import Job, carry_out
    from goodfit.remedies import prescribe
    from goodfit.rules import diagnose
    from goodfit.tasks import find_task
    from goodfit.training import OWN_SEED, Settings, prepare
    from goodfit.trials import ARMS
    from goodfit.tuning import tune as search

    source = find_task(task)
    prepared = prepare(source)
    chosen = carried_out((), remedy)
    if chosen is None:
        place.teller.stage(f"training {prepared.name} as planned, or taking it from {place.store}")
        job = Job(source, Settings(seed=OWN_SEED), place.store, prepared.fingerprint)
        history = carry_out(job, place.teller.epoch).run.history
        prescriptions = prescribe(diagnose(history), history, facts_of(prepared))
        chosen = carried_out(prescriptions, None)
        if chosen is None:
            raise SettingsError(
                nothing_to_do(prescriptions[0]), where="--remedy", todo="name a remedy to tune it"
            )
    knob = knob_of(prepared, chosen)
    most = (
        f"{budget} epochs" if budget is not None else f"{ARMS} x {prepared.epochs} epochs, usually far fewer"
    )
    place.teller.stage(
        f"finding the {knob.name}: your own run of {prepared.epochs} epochs, then at most {ARMS} others, "
        f"each ended after its validation minimum (at most {most})"
    )
    with workers_for(place.running, source) as pool:
        return search(source, knob, budget=budget, store=place.store, workers=pool, on_run=place.teller.run)


def _of_command(options: CommandOptions, values: Mapping[str, str], now: str | None, place: _Place) -> Study:
    """Turn the place whose values were listed; the others stay as they are."""
    from goodfit.execution import Workers
    from goodfit.training import prepare
    from goodfit.tuning import command_knob
    from goodfit.tuning import tune as search

    if place.running.engine != "local":
        raise SettingsError(
            "a command is run on this machine",
            where="--engine",
            todo="leave --engine out, or hand over a TASK",
        )
    source = options.source(place.running.reports)
    listed, fixed = sorted_out(values, options.fixed, turned=now is not None, known=source.open_names)
    ((name, tried),) = listed.items()
    knob = command_knob(source, name, tried, now=now, fixed=fixed)
    prepare(source)  # whatever is wrong with the command is said first
    place.teller.stage(
        f"finding {name}: {1 + len(knob.values)} runs of the command at most ({name} = {knob.own:g}, which you have, "
        f"then {', '.join(f'{value:g}' for value in knob.values)}), each to its end; "
        f"those in {place.store} are not run again"
    )
    with Workers(place.running.workers or 1) as pool:
        return search(source, knob, store=place.store, workers=pool, on_run=place.teller.run)


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
    spelled, cut = given_places(values, known, _OPTIONS)
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
    return listed, {**fixed, **{name: spelled[name] for name in spelled if name not in listed}}


_OPTIONS = (
    "remedy",
    "budget",
    "now",
    "store",
    "workers",
    "log",
    "scores",
    "holdout",
    "train",
    "val",
    "timeout",
)
