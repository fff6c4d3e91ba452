# SPDX-License-Identifier: Apache-2.0
"""Numbers as a reader wants them: three or four digits, a unit, an interval that lines up.

>>> number(0.301234)
'0.301'
>>> quantity(Measurement(name="rise", value=38.24, low=33.1, high=43.0, unit="%"))
'38.2 % [33.1, 43.0]'
"""

from collections.abc import Sequence
from math import ceil, floor, isfinite, isnan, log10
from typing import TYPE_CHECKING

from goodfit.values import Axis, Measurement, Onset

if TYPE_CHECKING:
    from goodfit.values import Dose, Effect, RateStage, TestSetLooks  # of an experiment; a diagnosis has none

MINUS = "−"
_DIGITS = 3  # leading digits of a number on its own
_SMALL, _HUGE = 1e-4, 1e9  # outside this range a number is written with an exponent
_NOTHING = 1e-6  # percentages smaller than it are what float arithmetic leaves of zero
_WIDE = 2.0  # an interval of x at least so wide is shown in whole numbers, rounded outwards
_SHARE_UNITS = ("share", "fraction")


def number(value: float, digits: int = _DIGITS) -> str:
    """Write one number with up to `digits` leading digits; a whole number stays whole."""
    if not isfinite(value):
        return _not_finite(value)
    if abs(value) >= _HUGE or 0 < abs(value) < _SMALL:
        return _exponent(value, digits)
    if value == int(value):
        return _sign(f"{int(value):,}")
    text = fixed(value, decimals((value,), digits))
    return text.rstrip("0").rstrip(".") if "." in text else text


def fixed(value: float, places: int) -> str:
    """Write a number with a given count of decimals."""
    if not isfinite(value):
        return _not_finite(value)
    return _sign(f"{value + 0.0:,.{places}f}")


def decimals(values: Sequence[float], digits: int = _DIGITS) -> int:
    """How many decimals give the largest of `values` that many leading digits."""
    largest = max((abs(value) for value in values if isfinite(value)), default=0.0)
    return max(0, digits - 1 - floor(log10(largest))) if largest > 0 else 0


def signed(value: float, digits: int = _DIGITS) -> str:
    """Write a difference: the sign always shows."""
    text = number(value, digits)
    return f"+{text}" if value > 0 else text


def signed_fixed(value: float, places: int) -> str:
    """Write a difference with a given count of decimals."""
    text = fixed(value, places)
    return f"+{text}" if value > 0 else text


def percent(share: float, digits: int = _DIGITS) -> str:
    """Write a share of one as a percentage."""
    return f"{number(100 * share, digits)} %"


def with_unit(value: float, unit: str) -> str:
    """Write a value with its unit; shares become percentages."""
    if unit in _SHARE_UNITS:
        value, unit = 100 * value, "%"
    if unit == "%" and abs(value) < _NOTHING:
        value = 0.0
    return f"{number(value)} {counted(value, unit)}".rstrip()


def counted(value: float, unit: str) -> str:
    """A unit as it stands after a number: one evaluation, two evaluations."""
    return unit.removesuffix("s") if value == 1 and " " not in unit else unit


def quantity(measured: "Measurement | Effect") -> str:
    """Write a number with its unit and, unless it is exact, its interval."""
    scale = 100.0 if measured.unit in _SHARE_UNITS else 1.0
    unit = "%" if measured.unit in _SHARE_UNITS else measured.unit
    value, low, high = (scale * each for each in (measured.value, measured.low, measured.high))
    if unit == "%":
        value, low, high = (0.0 if abs(each) < _NOTHING else each for each in (value, low, high))
    unit = counted(value, unit)
    if low == high or isnan(value) or (isnan(low) and isnan(high)):
        return f"{number(value)} {unit}".rstrip()
    whole = all(each == int(each) for each in (value, low, high) if isfinite(each))
    largest = 0 if whole else decimals((value, low, high))
    bounds = f"[{fixed(low, largest)}, {fixed(high, largest)}]"
    return f"{fixed(value, largest)} {unit}".rstrip() + f" {bounds}"


def dose(given: "Dose") -> str:
    """Write a dose with the range worth trying: "drop probability 0.4 (...)", "2 times the width"."""
    of_count = given.unit.endswith("s") or given.unit.startswith(("times", "epochs"))
    unit = "" if of_count else given.unit
    value = f"{unit} {stages(given.value, given.earlier)}".lstrip()
    if of_count:
        value += f" {counted(given.value, given.unit)}"
    if given.low == given.high:
        return value
    return f"{value} (worth trying: {number(given.low)} to {number(given.high)})"


def stages(value: float, earlier: "Sequence[RateStage]") -> str:
    """Write a rate with those that a training begins with: "0.5 for 12 epochs, then 0.65"."""
    return f"{begun(earlier)}, then {number(value)}" if earlier else number(value)


def begun(earlier: "Sequence[RateStage]") -> str:
    """Write the rates that a training begins with: "0.5 for 12 epochs, 0.65 for 4 epochs"."""
    return ", ".join(f"{number(each.rate)} for {plural(each.epochs, 'epoch')}" for each in earlier)


def went_on(earlier: "Sequence[RateStage]") -> str:
    """Where a training went on from, in short: "on from 0.65 at epoch 16"."""
    return f"on from {number(earlier[-1].rate)} at epoch {sum(each.epochs for each in earlier)}"


def p_value(p: float) -> str:
    """Write a p value with two or three decimals and never as zero."""
    if isnan(p):
        return "NaN"
    smallest = 0.001
    return f"< {smallest}" if p < smallest else fixed(p, 3)


def place(x: float) -> str:
    """Write an x value exactly, without separators, as logs and checkpoints spell it."""
    return f"{x:.9g}"


def moment(onset: Onset, axis: Axis) -> str:
    """Write when something began, with its interval when it has one."""
    text, band = f"{axis} {place(onset.epoch)}", ends(onset)
    return f"{text} ({band[0]} to {band[1]})" if band else text


def ends(onset: Onset) -> tuple[str, str] | None:
    """The interval of a beginning; None when it has none."""
    if onset.low == onset.high or isnan(onset.low) or isnan(onset.high):
        return None
    if onset.high - onset.low >= _WIDE:
        return str(floor(onset.low)), str(ceil(onset.high))
    return _nearly(onset.low), _nearly(onset.high)


def _nearly(x: float) -> str:
    """An end of an interval, which may lie between evaluations."""
    return f"{x:.1f}".removesuffix(".0")


def stretch(start: float, end: float, axis: Axis) -> str:
    """Write from when to when."""
    if start == end:
        return f"{axis} {place(start)}"
    return f"{axis}s {place(start)} to {place(end)}"


def plural(count: float, noun: str) -> str:
    """Write a count with its noun."""
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def looks_said(each: "TestSetLooks") -> str:
    """How often a test set was looked at, and what that adds up to."""
    chance = percent(each.chance_of_a_false_claim, 2)
    state = "; it is worn out, take a fresh one" if each.worn_out else ""
    return (
        f"test set {each.test_set}, {plural(len(each.looks), 'look')}: if nothing helped, a gain would be claimed at least "
        f"once with a chance of about {chance}{state}"
    )


def spoken(name: str) -> str:
    """Write a kebab-case name as words."""
    return name.replace("-", " ").replace("_", " ")


def sentence(text: str) -> str:
    """Begin with a capital letter and leave the rest."""
    return text[:1].upper() + text[1:]


def listed(items: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does: "a, b and c"."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def plain(text: str) -> str:
    """Take the control characters out of what a stranger's file may hold; line ends and tabs stay."""
    return "".join(char if char.isprintable() or char in "\n\t" else "�" for char in text)


def _exponent(value: float, digits: int) -> str:
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    return _sign(f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}")


def _sign(text: str) -> str:
    return text.replace("-", MINUS, 1) if text.startswith("-") else text


def _not_finite(value: float) -> str:
    if isnan(value):
        return "NaN"
    return "∞" if value > 0 else f"{MINUS}∞"
