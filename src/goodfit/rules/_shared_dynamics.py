# SPDX-License-Identifier: Apache-2.0
"""Thresholds that a rule on the course of training shares with its sentences."""

from goodfit.values import Threshold

SPIKE_HEIGHT = Threshold(
    name="spike-height",
    value=0.25,
    unit="share",
    because="a convention of ours: a quarter of the level is five times the noise of a training loss that scatters by"
    " 5 %, and is seen by eye",
)
SPIKE_IN_NOISE = Threshold(
    name="spike-in-noise",
    value=8.0,
    unit="noise sd",
    because="the highest of 1000 normal values lies 3.2 sd above their middle; correlated neighbours and a noise that"
    " is itself estimated double that at most",
)
