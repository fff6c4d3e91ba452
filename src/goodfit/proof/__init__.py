# SPDX-License-Identifier: Apache-2.0
"""Statistics on finished Runs: does the treatment generalise better, and how sure is that?

Start with `compare_runs`. Free of torch; scipy is loaded only when a function needs it.
"""

from goodfit.proof.bootstrap import BootstrapT, studentised_bootstrap
from goodfit.proof.compare import compare_runs
from goodfit.proof.holdout import HoldoutLedger, Look
from goodfit.proof.holm import Adjusted, decide_together, holm, holm_levels
from goodfit.proof.pairs import paired_difference
from goodfit.proof.power import smallest_detectable
from goodfit.proof.sign_flip import sign_flip_p

__all__ = [
    "Adjusted",
    "BootstrapT",
    "HoldoutLedger",
    "Look",
    "compare_runs",
    "decide_together",
    "holm",
    "holm_levels",
    "paired_difference",
    "sign_flip_p",
    "smallest_detectable",
    "studentised_bootstrap",
]
