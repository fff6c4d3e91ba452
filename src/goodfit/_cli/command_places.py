# SPDX-License-Identifier: Apache-2.0
"""Options named after the places of a command: --dropout 0,0.2,0.4."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from goodfit.errors import SettingsError


def spelled(values: Mapping[str, str]) -> dict[str, str]:
    """What was typed, by the names that places have: an option is written with hyphens."""
    return {name.replace("-", "_"): value for name, value in values.items()}


def check_known(names: Iterable[str], known: Sequence[str], options: Sequence[str]) -> None:
    """Check that each is a place of the command.

    Args:
        names: as `spelled` gives them.
        known: the command's places.
        options: of the verb, for the hint at a mistyped one.

    Raises:
        SettingsError: an option is none, and no place of the command.
    """
    odd = next((name for name in names if name not in known), None)
    if odd is None:
        return
    near = get_close_matches(odd, [*known, *options], n=1)
    hint = (
        f"did you mean --{near[0]}?" if near else f"write {{{odd}}} into the command where the value belongs"
    )
    raise SettingsError(f"there is no option --{odd}, and no place {{{odd}}} in the command", todo=hint)
