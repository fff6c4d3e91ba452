# SPDX-License-Identifier: Apache-2.0
"""Finding a dose cheaply."""

from goodfit.tuning.arms import arm_of
from goodfit.tuning.command_knobs import command_knob
from goodfit.tuning.knobs import KNOBS, Knob, dropout_knob, knob_for
from goodfit.tuning.race import tune

__all__ = ["KNOBS", "Knob", "arm_of", "command_knob", "dropout_knob", "knob_for", "tune"]
