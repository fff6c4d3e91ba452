# SPDX-License-Identifier: Apache-2.0
"""Options named after the places of a command: --dropout 0,0.2,0.4."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from goodfit.errors import SettingsError


def given_places(
    values: Mapping[str, str], known: Sequence[str], options: Sequence[str]
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What was typed for each place, whole and cut at its commas.

    Args:
        values: as typed, by the name of their option.
        known: the command's places.
        options: of the verb, for the hint at a mistyped one.

    Raises:
        SettingsError: an option is none, and no place of the command.
    """
    spelled = {name.replace("-", "_"): value for name, value in values.items()}
    if odd := [name for name in spelled if name not in known]:
        near = get_close_matches(odd[0], [*known, *options], n=1)
        hint = (
            f"did you mean --{near[0]}?"
            if near
            else f"write {{{odd[0]}}} into the command where the value belongs"
        )
        raise SettingsError(
            f"there is no option --{odd[0]}, and no place {{{odd[0]}}} in the command", todo=hint
        )
    return spelled, {name: [part.strip() for part in value.split(",")] for name, value in spelled.items()}
