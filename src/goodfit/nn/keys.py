# SPDX-License-Identifier: Apache-2.0
"""A dropout mask is a pure function of (run seed, step, layer, call), whatever else draws random numbers.

    keys = MaskKeys(seed=7)
    keys.step = 3                      # the training loop says which step it is at
    keys.next_seed(layer_key("fc2"))   # the seed of the mask of fc2's first call in step 3

Two arms of a comparison that share the run seed therefore see the same uniform numbers at every
layer, whatever their rates; and a layer that only one of them has shifts nobody else's masks.
"""

from collections.abc import Iterable
from hashlib import blake2b

_WORD = (1 << 64) - 1


def layer_key(path: str) -> int:
    """Number a layer by its dotted name: the same in every process and every model that has the name."""
    return int.from_bytes(blake2b(path.encode(), digest_size=8).digest(), "little")


def mix(*words: int) -> int:
    """Hash 64-bit words into one, in order, each passed through the finaliser of splitmix64.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
    with the constants of Stafford's variant 13.
    """
    state = 0
    for word in words:
        state = (state + (word & _WORD) + 0x9E3779B97F4A7C15) & _WORD
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _WORD
        state ^= state >> 31
    return state


class MaskKeys:
    """The seed and the step that all keyed dropouts of one model share.

    Setting `step` (steps taken since the start of training, an integer) begins a new step: the calls of every
    layer are counted from 0 again. A deep copy of a model carries a copy of its keys, not these.
    """

    def __init__(self, seed: int, *, left_alone: Iterable[str] = ()) -> None:
        self.seed = int(seed)
        self.left_alone = tuple(left_alone)  # dotted names of layers whose randomness stays torch's
        self._step = 0
        self._calls: dict[int, int] = {}

    @property
    def step(self) -> int:
        """The training step that masks are drawn for."""
        return self._step

    @step.setter
    def step(self, value: int) -> None:
        self._step = int(value)
        self._calls.clear()

    def next_seed(self, layer: int) -> int:
        """Give the seed of the next mask of `layer` in this step, below 2**63 as torch's generators want it."""
        call = self._calls.get(layer, 0)
        self._calls[layer] = call + 1
        return mix(self.seed, self._step, layer, call) >> 1

    def __repr__(self) -> str:
        return f"MaskKeys(seed={self.seed}, step={self._step})"
