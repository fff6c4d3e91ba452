# SPDX-License-Identifier: Apache-2.0
"""trackio: each event as an alert of the run."""

from typing import Any

from goodfit.integrations._telling import Event
from goodfit.values import Severity


class Trackio:
    """Raises an alert in the run that is going on."""

    def tell(self, event: Event) -> None:
        """Raise it at the level of the finding; what is withdrawn is for information."""
        import trackio

        levels: dict[Severity | None, Any] = {
            Severity.ERROR: trackio.AlertLevel.ERROR,
            Severity.WARNING: trackio.AlertLevel.WARN,
        }
        level = levels.get(event.severity, trackio.AlertLevel.INFO)
        trackio.alert(title=f"goodfit: {event.what}", text=event.line, level=level)


def active_trackio() -> Trackio | None:
    """The run that is going on, if there is one."""
    from trackio import context_vars

    return Trackio() if context_vars.current_run.get() is not None else None
