# SPDX-License-Identifier: Apache-2.0
"""All tools, in the order in which an agent needs them."""

from goodfit.agents import comparing, diagnosing, explaining, proposing
from goodfit.agents.tool import Tool

TOOLS: tuple[Tool, ...] = (diagnosing.TOOL, explaining.TOOL, comparing.TOOL, proposing.TOOL)
