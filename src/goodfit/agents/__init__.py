# SPDX-License-Identifier: Apache-2.0
"""Tools for agents: what goodfit can say of logs and models, as typed results. Nothing is written, nothing is trained.

    goodfit mcp --root my_project

Each tool is a plain function of its arguments and the folder that may be read (`tools.py` lists them); `server.py` alone
knows the protocol, and imports the package `mcp`.
"""

from goodfit.agents.tool import Answer, Tool
from goodfit.agents.tools import TOOLS

__all__ = ["TOOLS", "Answer", "Tool"]
