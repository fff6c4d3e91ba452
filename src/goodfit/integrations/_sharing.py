# SPDX-License-Identifier: Apache-2.0
"""One verdict for a training on several processes: made on the first, sent to all.

Every process must come here at the same evaluations, as with any collective of torch.distributed.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from torch import distributed as dist
from torch import nn

T = TypeVar("T")
WRAPPERS = ("DistributedDataParallel", "DataParallel")


def is_first() -> bool:
    """Whether this process makes the verdicts: the only one, or rank 0."""
    return not _several() or dist.get_rank() == 0


def shared(make: Callable[[], T]) -> T:
    """What `make` gives on the first process, on every process; what it raises there is raised everywhere."""
    if not _several():
        return make()
    box: list[Any] = [None, None]
    if dist.get_rank() == 0:
        try:
            box[0] = make()
        except Exception as error:  # noqa: BLE001 - the others would wait forever
            box[1] = error
    dist.broadcast_object_list(box, src=0)
    if box[1] is not None:
        raise box[1]
    made: T = box[0]
    return made


def inside(model: nn.Module) -> nn.Module:
    """The module inside the wrappers of data-parallel training."""
    while type(model).__name__ in WRAPPERS and isinstance(getattr(model, "module", None), nn.Module):
        model = model.module  # type: ignore[assignment]  # asked one line before
    return model


def _several() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1
