# SPDX-License-Identifier: Apache-2.0
"""The entry point of Lightning's group `lightning.pytorch.callbacks_factory`: off unless GOODFIT_CALLBACK=1."""

import os
from typing import Any


def callbacks() -> list[Any]:
    """One GoodfitCallback for every Trainer where the environment asks for it, else none."""
    if os.environ.get("GOODFIT_CALLBACK") != "1":
        return []
    from goodfit.integrations.lightning import GoodfitCallback

    return [GoodfitCallback()]
