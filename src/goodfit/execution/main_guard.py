# SPDX-License-Identifier: Apache-2.0
"""Notices a script that would start itself again in every worker process, before one is started.

A spawned process first imports the script that was run. When the call that starts the workers stands at the top level
of that script, each worker would come to it as well; `if __name__ == "__main__":` is what keeps it from that.
"""

import ast
import inspect
import sys
from pathlib import Path

from goodfit.errors import SettingsError


def check_main_guard() -> None:
    """Check that the script under way may be imported by worker processes.

    Raises:
        SettingsError: the statement under way stands at the script's top level, under no condition.
    """
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    line = _line_of_main()
    if script is None or line is None or not _is_imported_again():
        return
    try:
        statements = ast.parse(Path(script).read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):  # not the source that runs: nothing can be said about it
        return
    under_way = next((each for each in statements if each.lineno <= line <= (each.end_lineno or 0)), None)
    if under_way is not None and not isinstance(under_way, ast.If):
        raise SettingsError(
            "worker processes import this script, and would start it over again",
            where=f"{script}, line {line}",
            todo='put the call under `if __name__ == "__main__":`, or take workers=1',
        )


def _line_of_main() -> int | None:
    """Which line of the script's top level led here; None in another thread."""
    frame, names = inspect.currentframe(), vars(sys.modules["__main__"])
    while frame is not None:
        if frame.f_globals is names and frame.f_code.co_name == "<module>":
            return frame.f_lineno
        frame = frame.f_back
    return None


def _is_imported_again() -> bool:
    """Whether a spawned process imports the main module: a package's __main__.py it leaves out."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec is None or not spec.name.endswith(".__main__")
