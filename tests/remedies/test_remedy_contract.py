# SPDX-License-Identifier: Apache-2.0
"""The remedies that ship keep the public contract, and the folder, the tuple and the edits are one set."""

from pathlib import Path
from typing import ClassVar

import goodfit.remedies
import goodfit.surgery.edits
from goodfit.remedies import REMEDIES
from goodfit.surgery.edits import EDITS
from goodfit.testing.remedies import RemedyContract
from goodfit.values import EditKind


class TestRemedies(RemedyContract):
    """Every remedy of REMEDIES against the whole contract."""

    bibliography: ClassVar[Path] = Path(__file__).parents[2] / "references.bib"


def _files(package: str | None) -> set[str]:
    folder = Path(str(package)).parent
    return {file.stem for file in folder.glob("*.py") if not file.stem.startswith("_")}


def test_the_folder_and_the_tuple_are_the_same_set() -> None:
    """Each file of the folder is one remedy of REMEDIES, under its own name, and no name comes twice."""
    names = [remedy.name for remedy in REMEDIES]
    assert _files(goodfit.remedies.__file__) == {name.replace("-", "_") for name in names}
    assert len(set(names)) == len(names)


def test_declared_edits_are_the_edits_that_exist() -> None:
    """The edits that remedies declare, the modules in surgery/edits, and those that are used are one set."""
    declared = {edit for remedy in REMEDIES for edit in remedy.edits}
    assert declared == _files(goodfit.surgery.edits.__file__)
    assert declared == {module.__name__.rpartition(".")[2] for module in EDITS.values()}
    assert set(EDITS) == set(EditKind)
