# SPDX-License-Identifier: Apache-2.0
"""The part of `goodfit prove` that is about commands: two values of a place, or of several, against each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from goodfit._cli.command_options import CommandOptions
from goodfit.errors import SettingsError

if TYPE_CHECKING:
    from goodfit.execution import OnRun, Workers
    from goodfit.trials import Proof


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class CommandArms:
    """What a command is given in either arm."""

    control: Annotated[
        str | None,
        Parameter(
            help="Of a command: what stands in its place in the untreated runs, such as 0; with several places "
            "NAME=VALUE,NAME=VALUE."
        ),
    ] = None
    treatment: Annotated[str | None, Parameter(help="The same in the treated runs, such as 0.4.")] = None


def prove_command(
    options: CommandOptions,
    arms: CommandArms,
    *,
    seeds: int,
    store: Path,
    workers: "Workers | None" = None,
    on_run: "OnRun | None" = None,
) -> "Proof":
    """Run the command in pairs of seeds and compare the test losses that it wrote.

    Raises:
        SettingsError: an arm is missing, or does not fit the command's places.
        TrainingError: a run failed, or wrote no test scores.
    """
    from goodfit.trials import prove

    source = options.source(store)
    given = {"--control": arms.control, "--treatment": arms.treatment}
    if missing := [name for name, text in given.items() if text is None]:
        raise SettingsError(
            "a command needs a value for either arm",
            where=missing[0],
            todo="give --control 0 --treatment 0.4",
        )
    settings = []
    for name, text in given.items():
        assert text is not None  # noqa: S101 - checked above
        settings.append(
            source.at(**{**options.fixed, **values_of(text, name, source.open_names, options.fixed)})
        )
    control, treatment = settings
    return prove(source, treatment, control=control, seeds=seeds, store=store, workers=workers, on_run=on_run)


def values_of(text: str, option: str, places: Sequence[str], fixed: Mapping[str, str]) -> dict[str, str]:
    """What an arm puts into which places: one value for the only open one, or NAME=VALUE,NAME=VALUE.

    Raises:
        SettingsError: it does not say which place is meant.
    """
    parts = [part.partition("=") for part in text.split(",")]
    if all(equals and name.strip() in places for name, equals, _ in parts):
        return {name.strip(): value for name, _, value in parts}
    left = [name for name in places if name not in fixed]
    if len(left) != 1:
        found = (
            f"has the places {', '.join(f'{{{name}}}' for name in left)}" if left else "has no place for it"
        )
        raise SettingsError(
            f"{text!r} does not say where it belongs: the command {found}",
            where=option,
            todo=f"write {option} {(left or ['NAME'])[0]}=VALUE, or fix the others by --set NAME=VALUE",
        )
    return {left[0]: text}
