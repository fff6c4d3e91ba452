# SPDX-License-Identifier: Apache-2.0
"""goodfit inside a training that you have: one module a framework, each with a `GoodfitCallback`.

    from goodfit.integrations.lightning import GoodfitCallback
    Trainer(callbacks=[GoodfitCallback(on="stop")])

The work is done by `watch`, which needs no framework; a framework is imported by its own module only.
"""

from goodfit.integrations._watching import Watch, watch

__all__ = ["Watch", "watch"]
