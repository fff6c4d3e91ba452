# SPDX-License-Identifier: Apache-2.0
"""The source file of a user's class or function, its syntax tree, and replacements of parts of its text."""

import ast
import inspect
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

Scope = ast.ClassDef | ast.FunctionDef


class NotFoundError(Exception):
    """A place is not in the source, or not for certain; the text says why."""


@dataclass(slots=True)
class SourceFile:
    """One file, and what is to be replaced in it."""

    path: Path
    text: bytes
    tree: ast.Module
    changes: dict[tuple[int, int], str] = field(default_factory=dict)  # byte range -> new text

    def replace(self, node: ast.expr, new: str) -> None:
        """Put `new` where an expression stands."""
        self._change(*self.span(node), new)

    def insert(self, at: int, new: str) -> None:
        """Put `new` at a place; what goes to the same place follows in the order it was given."""
        self._change(at, at, self.changes.get((at, at), "") + new)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """The first byte of a node, and the one after its last."""
        starts = _line_starts(self.text)
        if node.end_lineno is None or node.end_col_offset is None:  # only of trees that were not parsed
            raise NotFoundError("the source has no positions")
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    def said(self, node: ast.expr) -> str:
        """The text of an expression."""
        first, end = self.span(node)
        return self.text[first:end].decode()

    def indent(self, statement: ast.stmt) -> str:
        """What stands in front of a statement in its line."""
        first, _ = self.span(statement)
        return self.text[first - statement.col_offset : first].decode()

    def changed(self) -> bytes:
        """The text with every replacement made."""
        text = self.text
        for (first, end), new in sorted(self.changes.items(), reverse=True):
            text = text[:first] + new.encode() + text[end:]
        return text

    def _change(self, first: int, end: int, new: str) -> None:
        same = (first, end) in self.changes
        if not same and any(first < b and a < end for a, b in self.changes):
            raise NotFoundError("two edits meet in the same expression")
        self.changes[first, end] = new


def source_of(thing: type | Callable[..., Any], known: dict[Path, SourceFile]) -> tuple[SourceFile, Scope]:
    """The file of a class or function, read once, and its definition there.

    Raises:
        NotFoundError: there is no source, it belongs to an installed package, or has changed since it was loaded.
    """
    try:
        path = Path(inspect.getsourcefile(thing) or "")
        _, line = inspect.getsourcelines(thing)
    except (OSError, TypeError):
        raise NotFoundError(f"the source of {thing.__name__} is not at hand") from None
    if not path.is_file() or any(path.resolve().is_relative_to(each) for each in _installed()):
        raise NotFoundError("its class belongs to an installed package")
    if path not in known:
        text = path.read_bytes()
        known[path] = SourceFile(path, text, ast.parse(text))
    for node in ast.walk(known[path].tree):
        if isinstance(node, Scope) and node.name == thing.__name__ and line in _lines_of(node):
            return known[path], node
    raise NotFoundError(f"{thing.__name__} does not stand where it was loaded from")


def assignments(scope: Scope, name: str) -> Iterator[ast.Assign | ast.AnnAssign]:
    """Every `self.name = ...` of a class."""
    for node in ast.walk(scope):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign) and any(is_own(each, name) for each in targets):
            yield node


def is_own(node: ast.AST | None, name: str) -> bool:
    """Whether an expression is `self.name`."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def the_one(found: Iterator[Any] | list[Any], what: str) -> Any:
    """The only item.

    Raises:
        NotFoundError: there is none, or more than one.
    """
    listed = list(found)
    if len(listed) != 1:
        raise NotFoundError(f"{what} is written {len(listed)} times, not once")
    return listed[0]


def _lines_of(node: Scope) -> tuple[int, ...]:
    """Where a definition begins, with its decorators and without."""
    return (node.lineno, *(each.lineno for each in node.decorator_list))


@cache
def _installed() -> tuple[Path, ...]:
    return tuple(Path(sysconfig.get_path(each)).resolve() for each in ("stdlib", "purelib", "platlib"))


@cache
def _line_starts(text: bytes) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts
