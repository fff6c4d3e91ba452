# SPDX-License-Identifier: Apache-2.0
"""The part of `goodfit prove` that is about commands: two values of a place, or of several, against each other."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from goodfit._cli.command_options import CommandOptions
from goodfit._cli.extras import need_torch
from goodfit._cli.keeping import check_places
from goodfit._cli.output import stderr
from goodfit._cli.running import Running, refuse_cluster, store_for, workers_for
from goodfit.errors import SettingsError
from goodfit.values import Verdict

if TYPE_CHECKING:
    from goodfit.trials.prove import Seeds


def prove_command(
    options: CommandOptions,
    control: str | None,
    treatment: str | None,
    *,
    seeds: "Seeds",
    running: Running,
) -> Verdict:
    """Run the command in pairs of seeds and compare the test losses that it wrote.

    Args:
        options: the command.
        control: what stands in its place, or places, in the untreated runs, as typed.
        treatment: the same in the treated runs.
        seeds: pairs, or "auto".
        running: where finished runs are kept, and how many run side by side.

    Raises:
        SettingsError: an arm is missing, or does not fit the command's places.
        TrainingError: a run failed, or wrote no test scores.
    """
    need_torch()
    check_places(running.reports, None)
    from goodfit._cli.progress import Teller
    from goodfit.trials import prove

    refuse_cluster(running)
    source = options.source(running.reports)
    if control is None or treatment is None:
        raise SettingsError(
            "a command needs a value for either arm",
            where="--control" if control is None else "--treatment",
            todo="give --control 0 --treatment 0.4",
        )
    settings = [
        source.at(**{**options.fixed, **values_of(text, option, source.open_names, options.fixed)})
        for option, text in (("--control", control), ("--treatment", treatment))
    ]
    with Teller(stderr()) as teller, workers_for(running, source) as workers:
        teller.stage(f"proving {treatment} against {control} with {seeds} paired seeds: {source.command}")
        proof = prove(
            source,
            settings[1],
            control=settings[0],
            seeds=seeds,
            store=store_for(running),
            workers=workers,
            on_run=teller.run,
        )
    return proof.verdict


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
