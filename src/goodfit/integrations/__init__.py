# SPDX-License-Identifier: Apache-2.0
"""goodfit inside a training that you have: one module a framework, each with a `GoodfitCallback`.

    from goodfit.integrations.lightning import GoodfitCallback
    Trainer(callbacks=[GoodfitCallback(on="stop")])

The work is done by `watch`, which needs no framework; a framework is imported by its own module only.
"""

from typing import TYPE_CHECKING

from goodfit._lazy import lazily

if TYPE_CHECKING:
    from goodfit.integrations._adaptive import AdaptiveDropout
    from goodfit.integrations._moves import Controller, Move, Seen
    from goodfit.integrations._options import Options
    from goodfit.integrations._watching import Watch, watch

_HOME = {
    "AdaptiveDropout": "_adaptive",
    "Controller": "_moves",
    "Move": "_moves",
    "Options": "_options",
    "Seen": "_moves",
    "Watch": "_watching",
    "watch": "_watching",
}

__all__ = ["AdaptiveDropout", "Controller", "Move", "Options", "Seen", "Watch", "watch"]

__getattr__ = lazily(__name__, _HOME, globals())


def __dir__() -> list[str]:
    return __all__
