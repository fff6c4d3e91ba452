# SPDX-License-Identifier: Apache-2.0
"""Trainings of one structure that differ in their doses or seeds, carried out at once as a stack."""

from goodfit.training.stacked.loop import Ended, OnArmEpoch, OnEnd, train_stacked
from goodfit.training.stacked.refusing import can_stack
from goodfit.training.stacked.worth import work_of, worth_stacking

__all__ = ["Ended", "OnArmEpoch", "OnEnd", "can_stack", "train_stacked", "work_of", "worth_stacking"]
