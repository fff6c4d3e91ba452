# SPDX-License-Identifier: Apache-2.0
"""A treatment as a patch of the user's own source files, where each place is found there for certain.

patch = suggest(model, treatment)
print(patch.diff)          # a unified diff, for `git apply` or `patch -p1`
patch.by_hand              # edits whose place in the source was not found, each with the reason

Nothing is written. A patch keeps the names of layers, so checkpoints go on loading; where that cannot be done
the edit is left to be made by hand.
"""

from goodfit.surgery.patches.suggesting import Patch, suggest

__all__ = ["Patch", "suggest"]
