# SPDX-License-Identifier: Apache-2.0
"""Evaluations as JSON Lines, which `goodfit diagnose FILE` reads while they are written.

{"epoch": 3, "train_loss": 0.41, "train_loss_eval": 0.38, "val_loss": 0.52}
"""

import json
from collections.abc import Mapping
from pathlib import Path

from goodfit.errors import SettingsError
from goodfit.values import Axis


class Lines:
    """A log that grows by a line an evaluation; a resumed training goes on in it.

    Raises:
        SettingsError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            raise SettingsError(
                f"the log cannot be written: {error}", where=str(path), todo="give another path as log="
            ) from error

    def write(self, axis: Axis, x: float, point: Mapping[str, float]) -> None:
        """Append one evaluation."""
        place = int(x) if x == int(x) else x
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({axis.value: place, **point}) + "\n")
