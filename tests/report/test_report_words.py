# SPDX-License-Identifier: Apache-2.0
"""Numbers and sentences as a reader meets them."""

import math

import pytest

from goodfit.report.sparkline import BROKEN, sparkline
from goodfit.report.words import (
    dose,
    fixed,
    listed,
    moment,
    number,
    p_value,
    percent,
    plain,
    plural,
    quantity,
    signed,
    stretch,
    with_unit,
)
from goodfit.values import Axis, Curve, Dose, Measurement, Onset, Split


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.301234, "0.301"),
        (0.4, "0.4"),
        (12.0, "12"),
        (123456.7, "123,457"),
        (1000000.0, "1,000,000"),
        (-0.02, "−0.02"),
        (0.0, "0"),
        (0.0000123, "1.23e-5"),
        (1e300, "1e300"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_a_number_has_three_digits_and_no_noise(value: float, text: str) -> None:
    """A number shows up to three leading digits; whole numbers stay whole; non-finite ones have a name."""
    assert number(value) == text


def test_an_interval_has_as_many_decimals_as_its_value() -> None:
    """Value and bounds line up, and a share is shown in per cent."""
    rise = Measurement(name="rise", value=0.3824, low=0.331, high=0.4304, unit="share")
    assert quantity(rise) == "38.2 % [33.1, 43.0]"


def test_a_count_has_no_interval_and_no_decimals() -> None:
    """An exact measurement shows no interval; an interval of whole numbers shows no decimals."""
    assert quantity(Measurement.exact("since", 49, unit="evaluations")) == "49 evaluations"
    spread = Measurement(name="since", value=26, low=25, high=27, unit="evaluations")
    assert quantity(spread) == "26 evaluations [25, 27]"


def test_a_measurement_that_failed_is_named() -> None:
    """NaN shows as NaN, without an interval."""
    nan = Measurement(name="rise", value=math.nan, low=math.nan, high=math.nan, unit="%")
    assert quantity(nan) == "NaN %"


def test_small_words() -> None:
    """Units, signs, plurals, lists and p values read as in a sentence."""
    assert with_unit(0.05, "share") == "5 %"
    assert with_unit(3, "") == "3"
    assert signed(0.5) == "+0.5"
    assert signed(-0.5) == "−0.5"
    assert fixed(-0.0, 2) == "0.00"
    assert percent(1.483) == "148 %"
    assert plural(1, "seed") == "1 seed"
    assert plural(2, "seed") == "2 seeds"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert listed([]) == ""
    assert p_value(0.0) == "< 0.001"
    assert p_value(0.03125) == "0.031"
    assert p_value(math.nan) == "NaN"


def test_moments_name_their_axis() -> None:
    """A moment has its interval when one is known; a stretch of one point is one point."""
    assert moment(Onset(epoch=9, low=8, high=11), Axis.EPOCH) == "epoch 9 (8 to 11)"
    assert moment(Onset(epoch=9, low=math.nan, high=math.nan), Axis.STEP) == "step 9"
    assert moment(Onset(epoch=9, low=9, high=9), Axis.EPOCH) == "epoch 9"
    assert stretch(3, 9, Axis.EPOCH) == "epochs 3 to 9"
    assert stretch(3, 3, Axis.STEP) == "step 3"


def test_a_dose_shows_its_range_when_it_has_one() -> None:
    """A single value stands alone; a range says what it is for."""
    assert dose(Dose(value=0.4, low=0.2, high=0.6)) == "0.4 (worth trying: 0.2 to 0.6)"
    assert dose(Dose(value=60, low=60, high=60, unit="epochs")) == "60 epochs"
    assert dose(Dose(value=2, low=2, high=2, unit="times the width")) == "2 times the width"
    assert dose(Dose(value=0.4, low=0.4, high=0.4, unit="drop probability")) == "drop probability 0.4"


def test_control_characters_of_strangers_are_taken_out() -> None:
    """Text from a file cannot move the cursor or change colours."""
    assert "\x1b" not in plain("run \x1b[31mred\x07")
    assert plain("two\nlines") == "two\nlines"


def test_a_sparkline_follows_its_curve() -> None:
    """It has the width asked for, falls where the curve falls, and marks what is not finite."""
    falling = Curve.of([8, 7, 6, 5, 4, 3, 2, 1], split=Split.TRAIN)
    drawn = sparkline(falling, 8)
    assert len(drawn) == 8
    assert drawn[0] > drawn[3] > drawn[-1]
    broken = Curve.of([3, 2, math.nan, 1], split=Split.TRAIN)
    assert sparkline(broken, 4)[2] == BROKEN
    assert sparkline(Curve.of([math.nan], split=Split.TRAIN), 1) == BROKEN


def test_a_curve_that_hardly_moves_is_drawn_flat() -> None:
    """Noise of a thousandth is not magnified to the full height."""
    still = Curve.of([2.300, 2.301, 2.299, 2.302], split=Split.TRAIN)
    assert len(set(sparkline(still, 4))) == 1


def test_a_short_or_empty_curve_has_a_sparkline() -> None:
    """Two points fill the width; no points give nothing."""
    assert " " not in sparkline(Curve.of([2, 1], split=Split.TRAIN), 10)
    assert sparkline(Curve.of([], split=Split.TRAIN), 10) == ""
