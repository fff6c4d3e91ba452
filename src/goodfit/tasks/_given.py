# SPDX-License-Identifier: Apache-2.0
"""Data that goodfit may not carry lie in a folder of the user's, named by the environment variable GOODFIT_DATA."""

import os
from pathlib import Path

from goodfit.errors import TaskError

VARIABLE = "GOODFIT_DATA"


def given_file(name: str, *, what: str, how: str) -> Path:
    """The file `name` below the folder of given data.

    Args:
        name: path below the folder, as "ml_latest_small/ml-latest-small.zip".
        what: the data in words, for the error.
        how: one clause that says how to get them and in which form.

    Raises:
        TaskError: the variable is not set, names no folder, or the file is not there.
    """
    folder = os.environ.get(VARIABLE, "")
    todo = f"{how}, put it at {name} in a folder, and name that folder: export {VARIABLE}=path/to/folder"
    if not folder:
        raise TaskError(f"this task needs {what}, and {VARIABLE} is not set", todo=todo)
    if not Path(folder).is_dir():
        raise TaskError(
            f"this task needs {what}, and {VARIABLE} names no folder", where=f"{VARIABLE}={folder}", todo=todo
        )
    path = Path(folder) / name
    if not path.is_file():
        raise TaskError(
            f"this task needs {what}, and the folder of {VARIABLE} has no {name}", where=str(path), todo=todo
        )
    return path


def unreadable(path: Path, error: Exception) -> TaskError:
    """What to raise where a given file is there and cannot be used."""
    return TaskError(
        f"the file cannot be read: {type(error).__name__}: {error}",
        where=str(path),
        todo="get it anew; it must be complete and in the form that its task describes",
    )
