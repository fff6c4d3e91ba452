# SPDX-License-Identifier: Apache-2.0
"""Weights & Biases: the last event and what stands in the summary of the run."""

from typing import Any

from goodfit.integrations._telling import Event


class Wandb:
    """Sets goodfit/last and goodfit/findings.

    Args:
        run: what `wandb.init` gave.
    """

    def __init__(self, run: Any) -> None:
        self._run = run

    def tell(self, event: Event) -> None:
        """Set both entries."""
        self._run.summary["goodfit/last"] = event.line
        self._run.summary["goodfit/findings"] = ", ".join(event.standing) or "none"


def active_wandb() -> Wandb | None:
    """The run that is going on, if there is one."""
    import wandb

    return Wandb(wandb.run) if getattr(wandb, "run", None) is not None else None
