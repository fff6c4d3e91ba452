# SPDX-License-Identifier: Apache-2.0
"""Two models have the same fingerprint when a plan for one fits the other: structure and shapes, not weights.

Dropout rates, dtypes and devices do not count; names, types, shapes and what is shared do.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import count

from torch import nn

from goodfit.nn import Dropout


def fingerprint(model: nn.Module) -> str:
    """SHA-256 of a model's structure and shapes, 64 hexadecimal digits, the same in every process."""
    return sha256("\n".join(_lines(model)).encode()).hexdigest()


def _lines(model: nn.Module) -> Iterator[str]:
    numbers: dict[int, int] = {}  # id of a module or parameter to its place of first appearance
    places = count()
    for path, module in model.named_modules(remove_duplicate=False):
        known = numbers.setdefault(id(module), next(places))
        kind = (
            nn.Dropout if type(module) is Dropout else type(module)
        )  # keyed masks are no change of structure
        yield f"{path}:{kind.__name__}:{known}"
        for name, parameter in module.named_parameters(recurse=False, remove_duplicate=False):
            tied = numbers.setdefault(id(parameter), next(places))
            yield f"{path}.{name}:{tuple(parameter.shape)}:{tied}"
        for name, buffer in module.named_buffers(recurse=False, remove_duplicate=False):
            yield f"{path}.{name}:{tuple(buffer.shape)}"
