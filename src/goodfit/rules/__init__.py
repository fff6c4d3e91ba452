# SPDX-License-Identifier: Apache-2.0
"""Judgements on the curves of a run: one file a diagnosis, RULES an explicit tuple.

`diagnose(history)` gives one Diagnosis a rule, always; `healthy` and `headline` say what they amount to.
"""

from goodfit.rules._rule import Rule, Step, diagnose_one
from goodfit.rules._verdict import PRECEDENCE, RULES, diagnose, headline, healthy

__all__ = ["PRECEDENCE", "RULES", "Rule", "Step", "diagnose", "diagnose_one", "headline", "healthy"]
