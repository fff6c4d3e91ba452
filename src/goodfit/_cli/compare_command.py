# SPDX-License-Identifier: Apache-2.0
"""The part of `goodfit compare` that is about commands: their places are the remedies."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from goodfit._cli.command_options import CommandOptions
from goodfit._cli.command_places import given_places
from goodfit._cli.running import Running
from goodfit.errors import SettingsError
from goodfit.report.words import plural

if TYPE_CHECKING:
    from goodfit.training import CommandSource

Places = dict[str, list[str]]
_OPTIONS = (
    "remedies",
    "with",
    "seeds",
    "page",
    "plot",
    "store",
    "workers",
    "log",
    "scores",
    "holdout",
    "timeout",
)


def command_and_places(
    options: CommandOptions, running: Running, values: Mapping[str, str]
) -> tuple["CommandSource", Places]:
    """The command, and of each of its places the values, the present one first.

    Raises:
        SettingsError: it cannot be used, or an option is none and no place of it.
    """
    if running.engine != "local":
        raise SettingsError(
            "a command is run on this machine",
            where="--engine",
            todo="leave --engine out, or hand over a TASK",
        )
    source = options.source(running.reports)
    _, cut = given_places(values, source.open_names, _OPTIONS)
    return source, {**{name: [value] for name, value in options.fixed.items()}, **cut}


def refuse_places(values: Mapping[str, str]) -> None:
    """Refuse values of places where there is no command.

    Raises:
        SettingsError: there are some.
    """
    if values:
        name = f"--{next(iter(values)).replace('_', '-')}"
        raise SettingsError(
            f"{name} is for a training by command, or unknown",
            where=name,
            todo="leave it out; see `goodfit compare --help`",
        )


def print_runs(
    console: Console, source: "CommandSource", places: Places, combinations: Sequence[str], seeds: int
) -> None:
    """Print how often a comparison would run the command; how long it takes is known to nobody before."""
    from goodfit.comparing.places import field_of_places

    field = field_of_places(source, places, combinations)
    searches = sum(len(entrant.knob.values) for entrant in field.entrants)
    proofs = seeds * (1 + len(field.entrants) + len(field.combinations))
    tried = ", ".join(f"{entrant.name} {len(entrant.knob.values)}" for entrant in field.entrants)
    for line in (
        f"1. run the command as it is: {source.command}",
        f"2. find the values: {plural(searches, 'run')} ({tried})",
        f"3. prove: {plural(proofs, 'run')} ({plural(seeds, 'seed')} x untreated and each remedy), then one look at the test losses",
        f"cost: {plural(1 + searches + proofs, 'run')} of the command, each to its end",
    ):
        console.print(line, soft_wrap=True, highlight=False)
