# SPDX-License-Identifier: Apache-2.0
"""Every remedy side by side, proven.

Start with `compare`.
"""

from goodfit.comparing.compare import SEEDS, compare

__all__ = ["SEEDS", "compare"]
