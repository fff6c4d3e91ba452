# SPDX-License-Identifier: Apache-2.0
"""How values show themselves in a notebook: they ask whoever was registered, so that this layer draws nothing.

`goodfit/__init__.py` registers the renderers of `goodfit.report`; it is loaded before any value can be made, and the
renderers themselves are loaded when a notebook first asks.
"""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
Draw = Callable[
    [Any, str], str | None
]  # (value, "html" or "markdown") -> its text, or None: no drawing of it
_DRAWN_BY: list[Draw] = []


def show_with(draw: Draw) -> None:
    """Let `draw` render values from now on."""
    _DRAWN_BY[:] = [draw]


class Shown:
    """A value that notebooks show as a page instead of its repr."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        return _drawn(self, "html")

    def _repr_markdown_(self) -> str | None:
        return _drawn(self, "markdown")


class Results(tuple[T, ...], Shown):
    """A tuple in every respect, that notebooks show as one page instead of many."""

    __slots__ = ()


def _drawn(value: Shown, form: str) -> str | None:
    return _DRAWN_BY[0](value, form) if _DRAWN_BY else None
