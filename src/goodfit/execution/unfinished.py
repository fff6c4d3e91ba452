# SPDX-License-Identifier: Apache-2.0
"""Where the store keeps trainings under way: one file each, gone when the run is finished.

.goodfit/unfinished/<key>.pt
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from goodfit.execution.folders import Folder, write_whole

FORGOTTEN = (
    30 * 86400.0
)  # seconds; a training that nobody went on with for a month is not gone on with any more


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One training under way; `training` reads and writes it."""

    folder: Folder
    mark: str  # the key of the run

    @property
    def file(self) -> Folder:
        """The file that is written."""
        return self.folder / f"{self.mark}.pt"

    def __str__(self) -> str:
        return str(self.file)

    def read(self) -> bytes | None:
        """What was written last, None where nothing was or it cannot be read."""
        try:
            return self.file.read_bytes()
        except OSError:
            return None

    def write(self, content: bytes) -> None:
        """Replace what is there, whole or not at all."""
        write_whole(content, self.file)

    def remove(self) -> None:
        """Forget this training, which has ended, and those that nobody will go on with.

        What a killed process had begun to write of it goes as well; whoever still writes is told that nothing was kept.
        """
        with suppress(OSError):
            self.file.unlink(missing_ok=True)
        if not isinstance(self.folder, Path):
            return
        for other in self.folder.glob("*.pt*"):
            with suppress(OSError):
                if (
                    other.name.startswith(f".{self.mark}.pt-")
                    or time.time() - other.stat().st_mtime > FORGOTTEN
                ):
                    other.unlink()

    def remove_if_kept(self) -> None:
        """Forget it where it was finished and then killed before that was noted; looked at on this machine only."""
        if isinstance(self.file, Path) and self.file.exists():
            self.remove()
