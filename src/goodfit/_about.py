# SPDX-License-Identifier: Apache-2.0
"""Which goodfit, Python and torch this is, for the provenance of a report."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goodfit.values import Provenance


def version_of(package: str) -> str | None:
    """An installed package's version, without importing it; the look-up is loaded late because it costs 30 ms."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def provenance(*, task: str | None = None, seed: int | None = None) -> "Provenance":
    """Everything needed to make the same report again."""
    import platform
    from datetime import UTC, datetime

    from goodfit.values import Provenance

    program = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
    return Provenance(
        goodfit=version_of("goodfit") or "not installed",
        python=platform.python_version(),
        torch=version_of("torch") if "torch" in sys.modules else None,
        platform=platform.platform(terse=True),
        created=datetime.now(tz=UTC).isoformat(timespec="seconds"),
        command=" ".join([program, *sys.argv[1:]]),
        task=task,
        seed=seed,
    )
