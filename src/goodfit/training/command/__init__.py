# SPDX-License-Identifier: Apache-2.0
"""Training by command: a template, a process, its log and its scores, behind the port of a Task."""

from goodfit.training.command.prepared import PreparedCommand, prepare_command
from goodfit.training.command.source import CommandSource
from goodfit.training.command.template import OUT, SEED

__all__ = ["OUT", "SEED", "CommandSource", "PreparedCommand", "prepare_command"]
