# SPDX-License-Identifier: Apache-2.0
"""Torch modules that goodfit puts into models: dropout in its forms, fast, and with masks that can follow from a key."""

from goodfit.nn.attaching import DropoutOnInput, DropoutOnOutput, attach_, attached, detach_
from goodfit.nn.depth import StochasticDepth, depth_rates
from goodfit.nn.dropout import Dropout
from goodfit.nn.dropout_mode import only_dropout_trains
from goodfit.nn.embedding import EmbeddingDropout
from goodfit.nn.keyed import KeyedDropout, ShareOfRate
from goodfit.nn.keying import key_dropouts_
from goodfit.nn.keys import MaskKeys, layer_key
from goodfit.nn.late import LateShare, late_dropout_
from goodfit.nn.locked import LockedDropout, RecurrentDropout
from goodfit.nn.monte_carlo import Ensemble, MCDropout
from goodfit.nn.random_rate import UniformShare, fixed_rates_, has_rows, random_rates_
from goodfit.nn.spatial import SpatialDropout
from goodfit.nn.weight_drop import WeightDrop, undo_weight_drop_, weight_drop_, weight_dropped

__all__ = [
    "Dropout",
    "DropoutOnInput",
    "DropoutOnOutput",
    "EmbeddingDropout",
    "Ensemble",
    "KeyedDropout",
    "LateShare",
    "LockedDropout",
    "MCDropout",
    "MaskKeys",
    "RecurrentDropout",
    "ShareOfRate",
    "SpatialDropout",
    "StochasticDepth",
    "UniformShare",
    "WeightDrop",
    "attach_",
    "attached",
    "depth_rates",
    "detach_",
    "fixed_rates_",
    "has_rows",
    "key_dropouts_",
    "late_dropout_",
    "layer_key",
    "only_dropout_trains",
    "random_rates_",
    "undo_weight_drop_",
    "weight_drop_",
    "weight_dropped",
]
