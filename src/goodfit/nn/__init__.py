# SPDX-License-Identifier: Apache-2.0
"""Torch modules that goodfit puts into models: dropout whose masks depend on a key, not on the global state."""

from goodfit.nn.dropout import Dropout
from goodfit.nn.input_dropout import DropoutOnInput, attach_, attached, detach_
from goodfit.nn.keying import key_dropouts_
from goodfit.nn.keys import MaskKeys, layer_key

__all__ = [
    "Dropout",
    "DropoutOnInput",
    "MaskKeys",
    "attach_",
    "attached",
    "detach_",
    "key_dropouts_",
    "layer_key",
]
