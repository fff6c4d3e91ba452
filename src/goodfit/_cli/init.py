# SPDX-License-Identifier: Apache-2.0
"""`goodfit init`: a Task file to start from."""

from pathlib import Path

from goodfit._cli.output import stdout
from goodfit.errors import SettingsError

TEMPLATE = Path(__file__).with_name("task_template.py")


def init(file: Path = Path("goodfit_task.py")) -> None:
    """Write a commented Task file that runs as it is; put your own data and model into it.

    Parameters
    ----------
    file:
        The file to write; an existing one is left alone.
    """
    if file.suffix != ".py":
        raise SettingsError(f"{file} does not end in .py", todo="name a Python file")
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(TEMPLATE.read_text(encoding="utf-8").partition("\n")[2])
    except FileExistsError:
        raise SettingsError(f"{file} exists", todo="name another file; nothing was overwritten") from None
    except OSError as error:
        raise SettingsError(f"the file cannot be written: {error}", where=str(file)) from error
    stdout().print(f"wrote {file}\nnext: goodfit fix {file}:task --dry-run", soft_wrap=True)
