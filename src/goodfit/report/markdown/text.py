# SPDX-License-Identifier: Apache-2.0
"""Text that stays text in GitHub's Markdown: nothing in a stranger's name is markup, a link, HTML or a mention."""

import re
from collections.abc import Iterable, Sequence

from goodfit.report.words import plain

BREAK = "\u2028"  # within a cell; `plain` leaves none in a stranger's text, so that it is always ours
MARK = "<!-- goodfit -->"  # first line of every document, so that we know our own files again
_SPECIAL = re.compile(r"([\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_]))")  # a line inside a word is no emphasis
_AT_START = re.compile(
    r"^([#>+=-]|\d+(?=[.)](?:\s|$)))"
)  # what makes a heading, a quotation or a list of a line
_CODE = re.compile(r"`([^`\n]+)`")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_AUTOLINK = re.compile(r"(?<=\w)(://)|\b(www)\.")  # GitHub makes links of bare addresses


def inline(text: str) -> str:
    """A sentence: what stands between backticks stays code, all else is escaped; line ends become blanks."""
    text = " ".join(plain(text).split())
    parts = _CODE.split(text)
    joined = "".join(code(part) if place % 2 else _escaped(part) for place, part in enumerate(parts))
    return _AT_START.sub(lambda found: "".join(f"&#{ord(char)};" for char in found[1]), joined)


def code(text: str) -> str:
    """A name or path as code, whatever it holds."""
    clean = plain(text).replace("\n", "�").replace("\t", "�")
    longest = max((len(run) for run in re.findall("`+", clean)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if clean.startswith("`") or clean.endswith("`") or not clean.strip() else ""
    return f"{fence}{pad}{clean}{pad}{fence}"


def fenced(lines: Iterable[str], language: str = "text") -> str:
    """A block of code; a fence inside cannot end it."""
    body = "\n".join(plain(line) for line in lines)
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """A table of cells that are Markdown already; columns named by place in `right` stand at the right."""
    rules = ["---:" if place in right else ":---" for place in range(len(header))]
    lines = [header, rules, *([_cell(each) for each in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(items: Iterable[str]) -> str:
    """A list of lines that are Markdown already."""
    return "\n".join(f"- {item}" for item in items)


def document(blocks: Iterable[str]) -> str:
    """Blocks under each other, after our mark."""
    return joined([MARK, *blocks]).replace(BREAK, "<br>")


def joined(blocks: Iterable[str]) -> str:
    """Blocks under each other; what breaks a line in a cell is still to be written."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def _cell(text: str) -> str:
    """GitHub ends a cell at every bar that is not escaped, also in code."""
    return re.sub(r"(?<!\\)\|", r"\\|", text) or " "


def _escaped(text: str) -> str:
    text = _SPECIAL.sub(r"\\\1", text)
    text = "".join(_HTML.get(char, char) for char in text)
    return _AUTOLINK.sub(lambda found: "&#58;//" if found[1] else f"{found[2]}&#46;", text)
