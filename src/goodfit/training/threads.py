# SPDX-License-Identifier: Apache-2.0
"""How many threads torch may take in this process."""

import torch


def settle_threads() -> None:
    """One torch thread: on small networks more threads are slower, and several processes train at once."""
    torch.set_num_threads(1)
