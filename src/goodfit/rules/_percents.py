# SPDX-License-Identifier: Apache-2.0
"""Shares in sentences: what could not be measured is said to be unknown, and rounding is never a finding."""

from math import isnan

UNKNOWN = "an unknown share"
_ROUNDING = 1e-6  # shares smaller than it are what float arithmetic leaves of zero
_FINE = 0.1  # shares below it are told with one digit more


def percent(share: float, *, whole: bool = False) -> str:
    """A share as "4.2 %" or "37 %"; with `whole`, never a digit behind the point."""
    if isnan(share):
        return UNKNOWN
    if abs(share) < _ROUNDING:
        return "0 %"
    return f"{100 * share:.1f} %" if abs(share) < _FINE and not whole else f"{100 * share:.0f} %"
