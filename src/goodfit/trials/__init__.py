# SPDX-License-Identifier: Apache-2.0
"""Training the pairs that a proof needs, and opening the locked test set once for them."""

from goodfit.trials.budget import ARMS, Allowance, Estimate, allow, estimate, seconds_an_epoch
from goodfit.trials.holdout import Checkpoint, read_test
from goodfit.trials.looking import open_holdout
from goodfit.trials.prove import AUTO, Proof, Seeds, most_seeds, prove

__all__ = [
    "ARMS",
    "AUTO",
    "Allowance",
    "Checkpoint",
    "Estimate",
    "Proof",
    "Seeds",
    "allow",
    "estimate",
    "most_seeds",
    "open_holdout",
    "prove",
    "read_test",
    "seconds_an_epoch",
]
