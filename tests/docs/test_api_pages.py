# SPDX-License-Identifier: Apache-2.0
"""Every public package has its page of the API, and every integration its part of one."""

import ast
import re
from pathlib import Path

import pytest

import goodfit
from page_code import DOCS

SOURCE = Path(goodfit.__file__).parent
API = DOCS / "api"


def _documented() -> dict[str, str]:
    """Every module that a page of the API is made from, and the page."""
    found = {}
    for page in API.glob("*.md"):
        for module in re.findall(
            r"^\.\. automodule:: ([\w.]+)$", page.read_text(encoding="utf-8"), re.MULTILINE
        ):
            found[module] = page.stem
    return found


def _public() -> list[str]:
    """The names of what lies in goodfit without a leading underscore, and says what it exports."""
    places = [path for path in sorted(SOURCE.iterdir()) if not path.name.startswith(("_", "."))]
    files = {path: path / "__init__.py" if path.is_dir() else path for path in places}
    return [path.stem for path, file in files.items() if file.suffix == ".py" and file.is_file()]


def _callbacks() -> list[str]:
    """The integrations that have a GoodfitCallback."""
    files = sorted((SOURCE / "integrations").glob("[!_]*.py"))
    trees = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    return [
        name
        for name, tree in trees.items()
        if any(isinstance(node, ast.ClassDef) and node.name == "GoodfitCallback" for node in tree.body)
    ]


@pytest.mark.parametrize("name", _public())
def test_every_public_package_has_a_page(name: str) -> None:
    """The page is made from the package (or from its modules), and the index leads to it."""
    documented = _documented()
    page = next((page for module, page in documented.items() if module.split(".")[1] == name), None)
    assert page == name, f"docs/api/{name}.md: automodule:: goodfit.{name}"
    index = (API / "index.md").read_text(encoding="utf-8")
    assert f"[`goodfit.{name}`]({name}.md)" in index
    assert re.search(rf"^{name}$", index, re.MULTILINE), "the tree of contents"


@pytest.mark.parametrize("name", _callbacks())
def test_every_integration_is_on_the_page(name: str) -> None:
    """Each module with a GoodfitCallback is documented beside `watch`."""
    assert _documented().get(f"goodfit.integrations.{name}") == "integrations"


def test_the_lists_are_not_empty() -> None:
    """What the tests above go through was really found."""
    assert {"rules", "integrations", "web", "agents", "errors", "flow"} <= set(_public())
    assert {"lightning", "keras", "xgboost", "lightgbm", "optuna"} <= set(_callbacks())
