# SPDX-License-Identifier: Apache-2.0
"""Per-example scores that any tool wrote, read so that two recipes can be compared without training anything."""

from goodfit.proof.scores.groups import read_groups
from goodfit.proof.scores.reading import limits_of_files, read_scores, score_runs
from goodfit.proof.scores.table import ScoreTable

__all__ = ["ScoreTable", "limits_of_files", "read_groups", "read_scores", "score_runs"]
