# SPDX-License-Identifier: Apache-2.0
"""Let the real tool write its log of a known course: `python write.py TOOL FOLDER`; prints what was logged as JSON.

Runs in an environment that has the tools, not in the one of the tests.
"""

import json
import sys
from pathlib import Path

import frameworks
import trackers


def main(tool: str, folder: str) -> None:
    """Write the log and say what is in it."""
    out = Path(folder).resolve()
    out.mkdir(parents=True, exist_ok=True)
    logged = {**trackers.WRITERS, **frameworks.WRITERS}[tool](out)
    print(f"logged: {json.dumps(logged)}")  # noqa: T201 - read by the test that started this


if __name__ == "__main__":
    main(*sys.argv[1:])
