# SPDX-License-Identifier: Apache-2.0
"""All tools, in the order in which an agent needs them."""

from goodfit.agents.comparing import TOOL as COMPARE
from goodfit.agents.diagnosing import TOOL as DIAGNOSE
from goodfit.agents.explaining import TOOL as EXPLAIN
from goodfit.agents.proposing import TOOL as PROPOSE_FIX
from goodfit.agents.tool import Tool

TOOLS: tuple[Tool, ...] = (DIAGNOSE, EXPLAIN, COMPARE, PROPOSE_FIX)
