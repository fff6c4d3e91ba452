# SPDX-License-Identifier: Apache-2.0
"""Thresholds on which two rules meet from both sides, so that no run falls between them."""

from dataclasses import replace

from goodfit.values import Direction, Threshold

RISE = Threshold(
    name="rise-after-minimum",
    value=5.0,
    unit="%",
    because="the loosest of the criteria GL that Prechelt (1998) compared stops at 5 %; a smaller rise of the course is"
    " too little to choose another checkpoint by",
)
NO_RISE = replace(RISE, direction=Direction.BELOW)
LEARNED = Threshold(
    name="learned-share",
    value=0.1,
    unit="share",
    because="a constant prediction fitted to the class frequencies can remove some per cent of the first loss;"
    " less than a tenth needs no network",
)
NOTHING_LEARNED = replace(LEARNED, direction=Direction.BELOW)
