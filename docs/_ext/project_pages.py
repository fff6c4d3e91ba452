# SPDX-License-Identifier: Apache-2.0
"""Files of the project that lie outside of docs/ become pages: result tables, how to contribute, the changes.

Their links are turned into links between pages, so that the same text works in the repository and in the built pages.
Index pages that are generated for the repository get the tree of contents that Sphinx needs.
"""

import inspect
import posixpath
import re
from pathlib import Path
from typing import Any

import goodfit

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
COPIED = {"CONTRIBUTING.md": "about/contributing.md", "CHANGELOG.md": "about/changes.md"}
OPTIONAL = ("integrations", "watch", "tuning")  # named in a tree of contents, where they are there
LISTS = ("rules/index", "remedies/index", "probes/index", "decisions/index", "results/index")
_LINK = re.compile(r"(\]\()([^)#\s]+)([^)]*\))")


def places() -> dict[str, str]:
    """Paths from the root of the project to the page each becomes, from docs/."""
    tables = sorted((ROOT / "bench" / "results").glob("*.md"))
    return COPIED | {f"bench/results/{each.name}": f"results/{each.name}" for each in tables}


def linked(text: str, here: str, there: str) -> str:
    """The text of a file at `here` for a page at docs/`there`, with links that lead to pages or to files."""
    known = places()

    def follow(match: re.Match[str]) -> str:
        target = match[2]
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        place = posixpath.normpath(posixpath.join(posixpath.dirname(here), target))
        if place in known:
            path = f"docs/{known[place]}"
        elif place == "README.md":
            path = "docs/index.md"
        elif (ROOT / place).is_dir():
            path = (
                f"docs/{'results' if place == 'bench/results' else posixpath.relpath(place, 'docs')}/index.md"
            )
        else:
            path = place
        return f"{match[1]}{posixpath.relpath(path, posixpath.dirname(f'docs/{there}'))}{match[3]}"

    return _LINK.sub(follow, text)


def write_copies(_app: Any) -> None:
    """Write what becomes pages into docs/, where git does not look; left-over ones go."""
    wanted = places()
    for old in (DOCS / "results").glob("*.md"):
        if f"results/{old.name}" not in wanted.values():
            old.unlink()
    for here, there in wanted.items():
        text = linked((ROOT / here).read_text(encoding="utf-8"), here, there)
        page = DOCS / there
        page.parent.mkdir(exist_ok=True)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
    rows = "".join(f"| [{Path(p).stem}]({Path(p).name}) | {_title(DOCS / p)} |\n" for p in _tables())
    index = f"# What was measured\n\nEvery table is written by a committed script, which it names.\n\n| table | of |\n|---|---|\n{rows}"
    page = DOCS / "results" / "index.md"
    if not page.exists() or page.read_text(encoding="utf-8") != index:
        page.write_text(index, encoding="utf-8")


def on_read(_app: Any, name: str, source: list[str]) -> None:
    """Turn links to project files into links to their pages, and give lists their tree of contents."""
    if not name.startswith(("results/", "about/contributing", "about/changes")):
        source[0] = linked(source[0], f"docs/{name}.md", f"{name}.md")
    for each in OPTIONAL:
        if not list(DOCS.glob(f"{each}*.md")):
            source[0] = source[0].replace(f"\n{each}*\n", "\n")
    if name == "api/goodfit":
        source[0] += _names()
    if name in LISTS:
        source[0] += "\n\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"


def _names() -> str:
    """The public names of goodfit itself, each with its first sentence and a link to its home."""
    rows = []
    homes = goodfit._HOME  # noqa: SLF001 - the page says where each name lives
    for name in goodfit.__all__:
        said = (inspect.getdoc(getattr(goodfit, name)) or "").partition("\n")[0].replace("|", r"\|")
        rows.append(f"| {{py:obj}}`~goodfit.{homes[name]}.{name}` | {said} |\n")
    return "\n| name | |\n|---|---|\n" + "".join(rows)


def _tables() -> list[str]:
    return [page for page in places().values() if page.startswith("results/")]


def _title(page: Path) -> str:
    first = next(line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("# "))
    return first.removeprefix("# ").replace("|", "\\|")


def setup(app: Any) -> dict[str, bool]:
    """Name the two steps to Sphinx."""
    app.connect("builder-inited", write_copies)
    app.connect("source-read", on_read)
    return {"parallel_read_safe": True}
