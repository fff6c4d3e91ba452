# SPDX-License-Identifier: Apache-2.0
"""Every source of randomness of a training, each with a stream of its own.

Initialisation, batch order and everything else (augmentation, the model's own draws) are seeded from
(run seed, name of the stream, counter), so two arms of one seed share them whatever either draws elsewhere.
"""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch


def derive(seed: int, *parts: object) -> int:
    """A 63-bit seed for one stream: the same parts give the same number on every machine."""
    text = ":".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def seed_everything(seed: int) -> None:
    """Seed the global generators of Python, numpy and torch."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - the user's own code may draw from the legacy generator
    if _has_accelerator():
        torch.manual_seed(seed)
    else:  # torch.manual_seed would note a traceback for each device that is not there: most of a small step's time
        torch.default_generator.manual_seed(seed)


@cache
def _has_accelerator() -> bool:
    return torch.cuda.is_available() or torch.backends.mps.is_available() or torch.xpu.is_available()


@contextmanager
def own_randomness() -> Iterator[None]:
    """Give the global generators back as they were found."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - as above
    with torch.random.fork_rng():
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002 - as above
