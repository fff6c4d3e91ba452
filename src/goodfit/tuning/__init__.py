# SPDX-License-Identifier: Apache-2.0
"""Finding a dose cheaply."""

from goodfit.tuning.arms import arm_of
from goodfit.tuning.budget import Budget
from goodfit.tuning.climbing import Climbing
from goodfit.tuning.coarse_grid import CoarseGrid
from goodfit.tuning.command_knobs import command_knob
from goodfit.tuning.hearing import Hearer, Several
from goodfit.tuning.knobs import KNOBS, Knob, dropout_knob, knob_for
from goodfit.tuning.pointing import Network, first_rate, higher_rate, milder_rate, next_rate
from goodfit.tuning.race import DEFAULT, StudyInterrupted, tune
from goodfit.tuning.strategy import Most, Round, SoFar, Strategy, Try
from goodfit.tuning.two_rates import TwoRates

__all__ = [
    "DEFAULT",
    "KNOBS",
    "Budget",
    "Climbing",
    "CoarseGrid",
    "Hearer",
    "Knob",
    "Most",
    "Network",
    "Round",
    "Several",
    "SoFar",
    "Strategy",
    "StudyInterrupted",
    "Try",
    "TwoRates",
    "arm_of",
    "command_knob",
    "dropout_knob",
    "first_rate",
    "higher_rate",
    "knob_for",
    "milder_rate",
    "next_rate",
    "tune",
]
