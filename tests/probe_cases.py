# SPDX-License-Identifier: Apache-2.0
"""Small tasks that show what the probes look for, and others that do not.

CASES is one mapping: each probe has its line, and its tasks stand in the file of its group.
"""

from goodfit.testing.probes import ProbeCase
from probe_tasks import CASES as MEASURING
from probe_tasks_trained import CASES as TRAINED

CASES: dict[str, ProbeCase] = {**MEASURING, **TRAINED}
