# SPDX-License-Identifier: Apache-2.0
"""MLflow: the last event and what stands as tags of the run."""

from typing import Any

from goodfit.integrations._telling import Event

LONGEST = 5000  # characters that MLflow keeps of a tag's value


class Mlflow:
    """Sets the tags goodfit.last and goodfit.findings.

    Args:
        run_id: of the run whose tags are set.
        client: an MlflowClient; None: one is made for the store that is in use.
    """

    def __init__(self, run_id: str, client: Any = None) -> None:
        self._run_id, self._client = run_id, client

    def tell(self, event: Event) -> None:
        """Set both tags."""
        from mlflow import MlflowClient

        client = self._client or MlflowClient()
        client.set_tag(self._run_id, "goodfit.last", event.line[:LONGEST])
        client.set_tag(self._run_id, "goodfit.findings", ", ".join(event.standing) or "none")


def active_mlflow() -> Mlflow | None:
    """The run that is going on, if there is one."""
    import mlflow

    run = mlflow.active_run()
    return Mlflow(run.info.run_id) if run is not None else None
