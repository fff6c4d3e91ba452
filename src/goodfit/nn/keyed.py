# SPDX-License-Identifier: Apache-2.0
"""What all our dropouts have in common: masks that follow from a key, or else from torch's global state."""

from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.modules.dropout import _DropoutNd

from goodfit.errors import TrainingError
from goodfit.nn.keys import MaskKeys


def check_rate(p: float) -> None:
    """Refuse a rate outside [0, 1], with torch's words.

    Raises:
        ValueError: `p` is NaN or not in [0, 1].
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


class ShareOfRate(Protocol):
    """Draws which share of a layer's rate each example drops at."""

    def begin(self) -> None:
        """Begin a forward pass."""

    def of_rows(self, count: int, keys: MaskKeys | None, like: Tensor) -> Tensor:
        """The shares of `count` examples, in [0, 1], shape (count,)."""
        ...


class Keyed:
    """Beside torch.nn.Module: a layer whose masks can be keyed by `key_dropouts_`."""

    # Class attributes, so that a torch.nn.Dropout that is given a subclass has them as well.
    _keys: MaskKeys | None = None
    _layer: int = 0
    p: float
    shares: ShareOfRate | None = None  # None: all examples drop at the rate itself; see `random_rates_`

    def key(self, keys: MaskKeys | None, layer: int = 0) -> None:
        """Draw masks from `keys` as the layer numbered `layer`; None goes back to torch's global state."""
        self._keys, self._layer = keys, layer

    @property
    def keyed(self) -> bool:
        """Whether the masks follow from a key."""
        return self._keys is not None

    def uniform(self, shape: torch.Size | tuple[int, ...], x: Tensor) -> Tensor:
        """Uniform numbers in [0, 1) of `shape`, on the device of `x`: the next ones of the key, where there is one."""
        if self._keys is None:
            return torch.rand(shape, device=x.device)
        drawn: Tensor = _keyed(self._keys, self._layer, torch.Size(shape), x.device)
        return drawn

    def factors(self, shape: torch.Size | tuple[int, ...], p: float, x: Tensor) -> Tensor:
        """Factors of `shape`, in the type of `x`: 0 with probability `p`, else 1 / (1 - p).

        Where examples have rates of their own, the first dimension of `shape` counts them.
        """
        rate = p if self.shares is None else self.row_rates(self.shares, shape, x)
        kept = self.uniform(shape, x) >= rate
        return kept.to(x.dtype) * scale(rate, x.dtype)

    def row_rates(self, shares: ShareOfRate, shape: torch.Size | tuple[int, ...], x: Tensor) -> Tensor:
        """The rate of each row of `shape`, to be broadcast; one for all where there are no rows of features."""
        rows = shape[0] if len(shape) > 1 else 1
        column = (rows, *(1,) * (len(shape) - 1)) if len(shape) > 1 else (1,) * len(shape)
        return shares.of_rows(rows, self._keys, x).view(column) * self.p

    def key_repr(self) -> list[str]:
        """The words that print(model) shows for a layer with random rates, and for a keyed one."""
        random = [] if self.shares is None else ["each example at a share of p"]
        return random if self._keys is None else [*random, "keyed"]


def scale(rate: Tensor | float, dtype: torch.dtype) -> Tensor | float:
    """1 / (1 - rate), and 0 where all is dropped."""
    if isinstance(rate, Tensor):
        return torch.where(rate < 1, 1.0 / (1.0 - rate), 0.0).to(dtype)
    return 1.0 / (1.0 - rate) if rate < 1 else 0.0


class KeyedDropout(Keyed, _DropoutNd):
    """A dropout layer with one rate, in [0, 1]; what a subclass drops together is its own business."""

    def __init__(self, p: float = 0.5) -> None:
        check_rate(p)
        super().__init__(p, inplace=False)

    def extra_repr(self) -> str:
        """Describe the layer in print(model)."""
        return ", ".join([f"p={self.p}", *self.key_repr()])


@torch.compiler.disable  # type: ignore[untyped-decorator]
def _keyed(keys: MaskKeys, layer: int, shape: torch.Size, device: torch.device) -> Any:
    """Draw outside compiled graphs, which can neither count nor hold a generator."""
    if torch._C._current_graph_task_id() != -1:  # noqa: SLF001 - torch's activation checkpointing asks the same way
        raise TrainingError(
            "a dropout layer with keyed masks ran again during the backward pass",
            todo="train without activation checkpointing, or without keyed masks",
        )
    generator = torch.Generator(device=device)
    generator.manual_seed(keys.next_seed(layer))
    return torch.rand(shape, generator=generator, device=device)
