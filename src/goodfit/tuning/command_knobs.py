# SPDX-License-Identifier: Apache-2.0
"""A place in a command as a knob: the user names the values, the present one and those to be tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite

from goodfit.errors import SettingsError
from goodfit.training import CommandSource, Settings
from goodfit.tuning.knobs import Knob

UNIT = "as the command takes it"


def command_knob(
    source: CommandSource,
    name: str,
    values: Sequence[float | str],
    *,
    now: float | str | None = None,
    fixed: Mapping[str, object] | None = None,
) -> Knob:
    """The knob that turns one place of a command.

    Args:
        source: the command.
        name: of the place, without braces.
        values: the present one first, then those to be tried, the mildest first; texts are put in as they are written.
        now: the present value, when it does not stand first in `values`.
        fixed: values of the command's other places.

    Raises:
        SettingsError: the command has no such place, another one has no value, or a value is no number or stands twice.
    """
    spelled = {_number(name, each): str(each) if isinstance(each, str) else each for each in values}
    given = (
        list(values) if now is None else [now, *(v for v in values if _number(name, v) != _number(name, now))]
    )
    numbers = [_number(name, each) for each in given]
    if now is not None:
        spelled[numbers[0]] = now
    if len(set(numbers)) < len(numbers):
        raise SettingsError(
            f"a value of {name} stands twice: {', '.join(map(str, given))}",
            where=f"--{name}",
            todo="give each value once, the present one first",
        )
    if len(numbers) < 2:  # noqa: PLR2004 - the present one, and one to try
        raise SettingsError(
            f"{len(numbers)} value of {name} leaves nothing to try",
            where=f"--{name}",
            todo=f"give the present value and those to try, the mildest first: --{name} 0,0.2,0.4",
        )
    for each in numbers:
        source.at(**{**(fixed or {}), name: spelled[each]})  # every place has its value
    return Knob(
        name=name,
        unit=UNIT,
        own=numbers[0],
        values=tuple(numbers[1:]),
        milder=None,
        stronger=None,
        apply=_Puts(source, name, spelled, dict(fixed or {})),
    )


def _number(name: str, value: float | str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise SettingsError(
            f"{value!r} is no number that {name} could be turned to",
            where=f"--{name}",
            todo="give numbers, separated by commas",
        )
    return number


@dataclass(frozen=True, slots=True)
class _Puts:
    """Puts a value into the command; a class, so that settings stay picklable. A command ends by itself: no patience."""

    source: CommandSource
    name: str
    spelled: Mapping[float, float | str]  # as the user wrote it
    fixed: Mapping[str, object] = field(default_factory=dict)

    def __call__(self, settings: Settings, value: float) -> Settings:
        put = self.source.at(**{**self.fixed, self.name: self.spelled.get(value, value)})
        return replace(
            settings, placeholders=put.placeholders, knobs={self.name: value}, patience=None, max_epochs=None
        )
