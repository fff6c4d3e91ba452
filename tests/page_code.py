# SPDX-License-Identifier: Apache-2.0
"""The code that pages show: fenced blocks of one page in their order, and what they define.

A block that cannot be run as it stands has a comment in the line above its fence, which says why:

    <!-- not run: reads a log that only you have -->
"""

import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
_FENCE = re.compile(
    r"(?:<!-- not run: (?P<because>[^\n]+?) -->\n)?"
    r"^(?P<mark>`{3,})(?P<kind>[^\n`]*)\n(?P<code>.*?)^(?P=mark)`*$",
    re.MULTILINE | re.DOTALL,
)
GENERATED = ("rules", "remedies", "probes", "schema", "results", "_build", "decisions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block: its language, its lines, and why it is not run (empty: it is)."""

    page: str
    line: int
    kind: str
    code: str
    because: str


def pages() -> list[Path]:
    """The pages that people write, README and CONTRIBUTING among them; generated folders are tested elsewhere."""
    written = [
        path for path in sorted(DOCS.rglob("*.md")) if path.relative_to(DOCS).parts[0] not in GENERATED
    ]
    copies = {DOCS / "about" / "contributing.md", DOCS / "about" / "changes.md"}
    front = [ROOT / name for name in ("README.md", "README.ko.md", "CONTRIBUTING.md")]
    return [*(path for path in front if path.exists()), *(path for path in written if path not in copies)]


def blocks(path: Path) -> list[Block]:
    """Every fenced block of a page."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(
            page=str(path.relative_to(ROOT)),
            line=text.count("\n", 0, found.start("kind")) + 1,
            kind=found["kind"].strip(),
            code=found["code"],
            because=found["because"] or "",
        )
        for found in _FENCE.finditer(text)
    ]


def page_module(name: str) -> Any:
    """A page's Python blocks as one imported module, so that `inspect` finds their source."""
    path = Path(mkdtemp()) / f"page_{re.sub(r'[^a-z]+', '_', name)}.py"
    code = [each.code for each in blocks(DOCS / name) if each.kind == "python" and not each.because]
    path.write_text("\n\n".join(code), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} gives no module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
