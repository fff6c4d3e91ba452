# SPDX-License-Identifier: Apache-2.0
"""When two tensors are the same: in every bit, or up to rounding."""

import torch
from torch import Tensor

# How far a number may move by rounding, as a share of the largest one beside it: some hundred roundings one after
# another. A wrong guess of where units go moves it by the order of that number itself.
_ROUNDINGS = 1000
_MOST = 0.1  # the same for half precision, whose thousand roundings would allow everything


def same_bits(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors are equal in shape, type and every bit (so that NaN equals itself)."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    left, right = (t.detach().cpu().contiguous().reshape(-1).view(torch.uint8) for t in (a, b))
    return torch.equal(left, right)


def is_close(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors are equal up to rounding; numbers that are not finite must be so in both."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if not a.is_floating_point():
        return torch.equal(a, b)
    finite = a.isfinite()
    if not torch.equal(finite, b.isfinite()):
        return False
    if not finite.any():
        return True
    left, right = a[finite].double(), b[finite].double()
    allowed = min(_MOST, _ROUNDINGS * torch.finfo(a.dtype).eps) * left.abs().max()
    return bool((left - right).abs().max() <= allowed)
