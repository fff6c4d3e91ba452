# SPDX-License-Identifier: Apache-2.0
"""Statistics on finished Runs: does the treatment generalise better, and how sure is that?

Start with `compare_runs`, or `compare_in_sequence` when seeds are added until it is settled. Free of torch; scipy is loaded only when a function needs it.
"""

from goodfit.proof.bootstrap import BootstrapT, studentised_bootstrap
from goodfit.proof.compare import compare_runs
from goodfit.proof.decision import enough_units
from goodfit.proof.holdout import HoldoutLedger, Look
from goodfit.proof.holm import Adjusted, decide_together, holm, holm_levels
from goodfit.proof.levels import MOST_SEEDS
from goodfit.proof.looks import chance_of_a_false_claim, worn_out
from goodfit.proof.pairs import paired_difference
from goodfit.proof.power import seeds_needed, smallest_detectable, units_needed
from goodfit.proof.sequence import compare_in_sequence
from goodfit.proof.sign_flip import sign_flip_p
from goodfit.proof.walk import FEWEST as FEWEST_IN_SEQUENCE

__all__ = [
    "FEWEST_IN_SEQUENCE",
    "MOST_SEEDS",
    "Adjusted",
    "BootstrapT",
    "HoldoutLedger",
    "Look",
    "chance_of_a_false_claim",
    "compare_in_sequence",
    "compare_runs",
    "decide_together",
    "enough_units",
    "holm",
    "holm_levels",
    "paired_difference",
    "seeds_needed",
    "sign_flip_p",
    "smallest_detectable",
    "studentised_bootstrap",
    "units_needed",
    "worn_out",
]
