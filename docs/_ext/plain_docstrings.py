# SPDX-License-Identifier: Apache-2.0
"""Docstrings are written as plain text, for people at a prompt; here they become what Sphinx reads.

Indented lines after a blank one are code, names with a trailing underscore are no links, and the comment beside a
field of a frozen value is what the page says of it.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

_SECTION = re.compile(r"^(Args|Raises|Returns|Yields|Attributes|Example|Examples|Note):$")
_FIELD = re.compile(r"^    (?!_)(\w+): [^#\n]*(?:\(\n        [^#\n]*)?  # (.+)$", re.MULTILINE)
_NAME = re.compile(r"(?<![\w`])(\w+_)(?![\w`])")
_CODE = re.compile(r"`[^`\n]+`")


def plain(lines: list[str]) -> list[str]:
    """The lines of a docstring as reStructuredText; sections such as Args are left to Napoleon."""
    told: list[str] = []
    section = code = False
    for place, line in enumerate(lines):
        indented = line.startswith((" ", "\t"))
        if _SECTION.match(line):
            section = True
        elif line and not indented:
            section = False
        begins = place > 0 and not lines[place - 1].strip() and indented and not section
        if begins and not code:
            told += [".. code-block:: text", ""]
            code = True
        elif line and not indented:
            code = False
        told.append(f"   {line}" if code and line else _prose(line))
    return told


def _prose(line: str) -> str:
    """A line of text: what stands in backticks is code, everything else is only text."""
    marked = list(_CODE.finditer(line))
    parts, end = [], 0
    for each in marked:
        parts += [_text(line[end : each.start()]), f"``{each[0][1:-1]}``"]
        end = each.end()
    return "".join([*parts, _text(line[end:])])


def _text(part: str) -> str:
    part = part.replace("*", r"\*").replace("|", r"\|")
    return _NAME.sub(lambda match: match[1][:-1] + r"\_", part)


def on_docstring(_app: Any, kind: str, _name: str, thing: Any, _options: Any, lines: list[str]) -> None:
    """Turn one docstring, and add the fields of a frozen value."""
    lines[:] = plain(lines)
    if kind == "class" and is_dataclass(thing):
        lines += ["", *_fields(thing)]


def _fields(kind: Any) -> Iterator[str]:
    try:
        said = dict(_FIELD.findall(inspect.getsource(kind)))
    except (OSError, TypeError):
        return
    if said:
        yield "Attributes:"
        yield from (f"    {name}: {_prose(text)}" for name, text in said.items())


def setup(app: Any) -> dict[str, bool]:
    """Before Napoleon, which reads the sections."""
    app.connect("autodoc-process-docstring", on_docstring, priority=100)
    return {"parallel_read_safe": True}
