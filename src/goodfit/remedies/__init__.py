# SPDX-License-Identifier: Apache-2.0
"""What can be changed about a training: one file a remedy, REMEDIES an explicit tuple.

`prescribe(diagnoses, history, model)` chooses among all of them, and says why not the others.
"""

from goodfit.remedies._case import Case
from goodfit.remedies._no_change import NAME as NO_CHANGE
from goodfit.remedies._prescribing import RANKING, REMEDIES, prescribe
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._roles import DOSES, MOST, Role
from goodfit.remedies._site import FUNCTIONAL, Site, Sites, Way, is_literal, literal
from goodfit.remedies._sites import find_sites

__all__ = [
    "DOSES",
    "FUNCTIONAL",
    "MOST",
    "NO_CHANGE",
    "RANKING",
    "REMEDIES",
    "Case",
    "Remedy",
    "Role",
    "Site",
    "Sites",
    "Way",
    "find_sites",
    "is_literal",
    "literal",
    "prescribe",
]
