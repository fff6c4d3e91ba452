# SPDX-License-Identifier: Apache-2.0
"""Cheap experiments that settle what curves leave open: one file a probe, PROBES an explicit tuple.

`probe(task)` carries them out on the user's own run; each is told what it may use by a `Lab`.
"""

from goodfit.probes._lab import Lab
from goodfit.probes._probe import Finding, NotApplicable, Probe, result_of
from goodfit.probes._probing import PROBES, choose, probe

__all__ = ["PROBES", "Finding", "Lab", "NotApplicable", "Probe", "choose", "probe", "result_of"]
