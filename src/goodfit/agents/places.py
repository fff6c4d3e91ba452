# SPDX-License-Identifier: Apache-2.0
"""Which paths an agent may name: those inside of one folder, links followed."""

from pathlib import Path

from goodfit.errors import SettingsError


def inside(root: Path, given: str) -> Path:
    """The path that an argument names, when it lies in `root`; relative ones are meant from there.

    Raises:
        SettingsError: it leads out of `root`, or there is nothing.
    """
    try:
        home = root.resolve(strict=True)
        path = (home / given).resolve()
        there = path.exists()
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingsError(f"{given!r:.200} is no path that can be read: {error}") from None
    if not path.is_relative_to(home):
        raise SettingsError(
            f"{given!r:.200} lies outside of the folder that may be read",
            where=str(home),
            todo="name a path in it, or start `goodfit mcp --root FOLDER`",
        )
    if not there:
        raise SettingsError(
            f"there is no {given!r:.200}", where=str(home), todo="look for a typing error in the path"
        )
    return path


def name_of(path: Path, root: Path) -> str:
    """A path as an agent names it: from the folder that may be read."""
    home = root.resolve()
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
