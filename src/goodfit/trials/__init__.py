# SPDX-License-Identifier: Apache-2.0
"""Training the pairs that a proof needs, and opening the locked test set once for them."""

from goodfit.trials.budget import ARMS, Allowance, Estimate, allow, estimate, seconds_an_epoch
from goodfit.trials.holdout import Checkpoint, read_test
from goodfit.trials.prove import Proof, prove

__all__ = [
    "ARMS",
    "Allowance",
    "Checkpoint",
    "Estimate",
    "Proof",
    "allow",
    "estimate",
    "prove",
    "read_test",
    "seconds_an_epoch",
]
