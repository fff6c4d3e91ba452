# SPDX-License-Identifier: Apache-2.0
"""A command with places for values: `python train.py --dropout {dose} --seed {seed} --out {out}`.

There is no shell: the text is cut into arguments first, values are put in afterwards, and so a value is never more
than one argument, or a part of one, whatever it holds. `{{name}}` stands for the text {name}.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from goodfit.errors import SettingsError

SEED, OUT = "seed", "out"  # filled in by goodfit: the run's seed, and a fresh folder
_PLACE = re.compile(r"\{\{(\w+)\}\}|\{([A-Za-z_]\w*)\}")
_OPERATORS = frozenset({"&&", "||", "|", "&", ";", ">", ">>", "<", "<<", ">&", "&>"})
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish", "cmd", "cmd.exe", "powershell", "pwsh"})
_VARIABLE = re.compile(r"[A-Za-z_]\w*=")
WHERE = "--command"


@dataclass(frozen=True, slots=True)
class Template:
    """A command, cut into arguments."""

    arguments: tuple[str, ...]  # with the places in them

    @property
    def names(self) -> tuple[str, ...]:
        """What is to be filled in, in the order of the command."""
        return tuple(dict.fromkeys(name for each in self.arguments for name in names_in(each)))

    def filled(self, values: Mapping[str, str]) -> list[str]:
        """The arguments with every place filled in."""
        return [filled(each, values) for each in self.arguments]


def parsed(text: str) -> Template:
    """Cut a command into arguments.

    Raises:
        SettingsError: it is empty, has an open quote, or would need a shell.
    """
    try:
        arguments = tuple(shlex.split(text))
    except ValueError as error:
        raise SettingsError(
            f"the command cannot be cut into arguments: {error}", where=WHERE, todo="close the quote"
        ) from None
    if not arguments or not arguments[0]:
        raise SettingsError("the command is empty", where=WHERE, todo="give 'python train.py --seed {seed}'")
    if "\0" in text:
        raise SettingsError("the command holds a zero byte", where=WHERE, todo="take it out")
    _need_no_shell(text, arguments)
    return Template(arguments)


def names_in(text: str) -> tuple[str, ...]:
    """The names of the places in a text."""
    return tuple(match[2] for match in _PLACE.finditer(text) if match[2])


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its places filled in, once: braces in a value are left as they are."""
    return _PLACE.sub(lambda match: values[match[2]] if match[2] else f"{{{match[1]}}}", text)


def as_text(value: object) -> str:
    """A value as it is put into a command: 2.0 is 2, a text is left as it is.

    Raises:
        SettingsError: a text that no program can be given.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - exact as an integer
        return str(int(value))
    text = repr(value) if isinstance(value, float) else str(value)
    if "\0" in text:
        raise SettingsError("a value holds a zero byte", where=repr(text), todo="take it out")
    return text


def _need_no_shell(text: str, arguments: tuple[str, ...]) -> None:
    """Refuse what only a shell understands, and a shell that would read a value as code."""
    marks = shlex.shlex(text, posix=False, punctuation_chars=True)
    marks.whitespace_split = True
    marks.commenters = ""
    operator = next((each for each in marks if each in _OPERATORS), None)
    if operator is not None:
        raise SettingsError(
            f"{operator!r} is for a shell, and the command is started without one",
            where=WHERE,
            todo="put the steps into a script and give `sh script.sh {seed}`, or quote it if it is a part of an argument",
        )
    if _VARIABLE.match(arguments[0]):
        raise SettingsError(
            f"{arguments[0]!r} sets a variable, which takes a shell",
            where=WHERE,
            todo=f"begin with env: `env {arguments[0]} ...`",
        )
    shell = next((i for i, each in enumerate(arguments) if PurePath(each).name.lower() in _SHELLS), None)
    if shell is None:
        return
    code = [i for i, each in enumerate(arguments) if i > shell and re.match(r"[-/]\w*c", each, re.IGNORECASE)]
    if code and any(names_in(each) for each in arguments[code[0] + 1 : code[0] + 2]):
        raise SettingsError(
            "a value would become a part of a shell's code",
            where=WHERE,
            todo="hand it over as an argument: sh -c 'python train.py \"$1\"' sh {seed}",
        )
