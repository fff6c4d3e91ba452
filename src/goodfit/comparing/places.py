# SPDX-License-Identifier: Apache-2.0
"""The places of a command as entrants: each that has several values is a remedy, its first value the present one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from goodfit.comparing.entrants import Entrant, Field, combination_of
from goodfit.errors import SettingsError
from goodfit.training import CommandSource, Settings
from goodfit.tuning import command_knob
from goodfit.values import Part

Values = Mapping[str, Sequence[float | str]]


def untreated(source: CommandSource, places: Values) -> Settings:
    """The command as it is run today: every place at its first value.

    Raises:
        SettingsError: a place is left without a value, or there is none of that name.
    """
    return replace(source.at(**{name: values[0] for name, values in places.items() if values}), knobs={})


def field_of_places(source: CommandSource, places: Values, combinations: Sequence[str] = ()) -> Field:
    """Who takes part in a comparison by command; the first place with several values is the primary comparison.

    Args:
        source: the command.
        places: of each place its values, the present one first, then those to be tried, the mildest first; one value
            alone stays the same in every run.
        combinations: such as "dropout+weight_decay"; each of their places has several values.

    Raises:
        SettingsError: no place has several values, a value is no number or stands twice, or a combination names a
            place that has one value only.
    """
    turned = [name for name, values in places.items() if len(values) > 1]
    if not turned:
        raise SettingsError(
            "no place of the command has values to try",
            todo="list them, the present one first: --dropout 0,0.2,0.4 --weight-decay 0,0.01",
        )
    pairs = tuple(combination_of(each) for each in combinations)
    if odd := [name for pair in pairs for name in pair if name not in turned]:
        raise SettingsError(
            f"{odd[0]} is to be combined, and has no values to try",
            where="--with",
            todo=f"name two or more of {', '.join(turned)}",
        )
    entrants = tuple(
        Entrant(
            name=name,
            part=Part.PRIMARY if name == turned[0] else Part.OTHER,
            knob=command_knob(
                source,
                name,
                places[name],
                fixed={other: values[0] for other, values in places.items() if other != name},
            ),
        )
        for name in turned
    )
    return Field(
        entrants=entrants,
        combinations=pairs,
        left_out=(),
        note=f"primary comparison: {turned[0]}, the first place that was given values to try",
    )
