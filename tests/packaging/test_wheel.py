# SPDX-License-Identifier: Apache-2.0
"""What is in the wheel and in the sdist: everything that runs, its licences, and nothing else."""

import tarfile
import zipfile
from email.parser import Parser

import pytest
from fresh import ROOT, build

SOURCE = ROOT / "src"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str], str]:
    """Names in the wheel, names in the sdist below its folder, and the wheel's metadata."""
    pytest.importorskip("hatchling")
    sdist, wheel = sorted(build(tmp_path_factory.mktemp("dist")), key=lambda path: path.suffix == ".whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        about = archive.read(metadata).decode("utf-8")
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    return names, packed, about


def test_the_wheel_is_the_package_and_nothing_else(built: tuple[set[str], set[str], str]) -> None:
    """Every file of src/goodfit that git would keep, with type marker, templates and vendored chart code; no test."""
    names, _, _ = built
    kept = {
        str(path.relative_to(SOURCE))
        for path in (SOURCE / "goodfit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    ours = {name for name in names if ".dist-info/" not in name}
    assert ours == kept
    for name in ("py.typed", "report/templates/page.html.j2", "report/vendor/uPlot.iife.min.js"):
        assert f"goodfit/{name}" in ours


def test_the_wheel_carries_every_licence(built: tuple[set[str], set[str], str]) -> None:
    """Our own, and one for each thing that is vendored."""
    names, _, about = built
    licences = {name.partition("/licenses/")[2] for name in names if "/licenses/" in name}
    vendored = {str(p.relative_to(ROOT)) for p in SOURCE.rglob("LICENSE*")}
    assert licences == {"LICENSE", *vendored}
    assert "License-Expression: Apache-2.0" in about


def test_the_wheel_says_what_it_needs(built: tuple[set[str], set[str], str]) -> None:
    """The core needs neither torch nor a framework; extras are named."""
    headers = Parser().parsestr(built[2])
    core = {line.split(">")[0] for line in headers.get_all("Requires-Dist") or () if "extra ==" not in line}
    assert core == {"cyclopts", "jinja2", "markdown-it-py", "numpy", "rich", "scipy"}
    assert {"torch", "examples", "tune", "web", "mcp", "all"} <= set(headers.get_all("Provides-Extra") or ())
    assert headers["Requires-Python"] == ">=3.11"


def test_the_sdist_can_be_tested(built: tuple[set[str], set[str], str]) -> None:
    """Tests, documentation and what they read come along; environments and caches do not."""
    _, packed, _ = built
    wanted = ("tests/conftest.py", "docs/glossary.md", "references.bib", "CONTRIBUTING.md", "constraints.txt")
    assert [name for name in wanted if name not in packed] == []
    unwanted = ("__pycache__", ".venv", "docs/_build", ".goodfit/")
    assert [name for name in packed if any(each in name for each in unwanted)] == []
