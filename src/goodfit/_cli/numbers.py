# SPDX-License-Identifier: Apache-2.0
"""Whole numbers on the command line, taken as they are written: 1.5 is not rounded, 0 is not "as many as you like"."""

from collections.abc import Sequence
from typing import Literal

from cyclopts import Token

from goodfit.errors import SettingsError


def whole_or_auto(_: object, tokens: Sequence[Token]) -> int | Literal["auto"]:
    """Read a count of one or more, or the word auto; the converter of an option.

    Raises:
        SettingsError: it is neither.
    """
    (token,) = tokens
    return "auto" if token.value == "auto" else whole(_, tokens)


def whole(_: object, tokens: Sequence[Token]) -> int:
    """Read a count of one or more; the converter of an option.

    Raises:
        SettingsError: it is not a whole number, or less than 1.
    """
    (token,) = tokens
    try:
        number = int(token.value)
    except ValueError:
        number = 0
    if number < 1:
        raise SettingsError(
            f"{token.value!r} is not a whole number, 1 or more", where=token.keyword, todo="give 1, 2, 3, ..."
        )
    return number
