# SPDX-License-Identifier: Apache-2.0
"""docs/architectures.md: what each remedy changes in each architecture of the surgery contract, planned anew."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from goodfit.errors import GoodfitError, NothingMatchedError
from goodfit.remedies import REMEDIES, Remedy
from goodfit.report.edit_words import after_words, before_words, place_words
from goodfit.surgery import Subject, plan
from goodfit.testing.architectures import ARCHITECTURES, Architecture
from goodfit.values import Prescription, Treatment

INTRODUCTION = """# Remedies by architecture

Generated from the code by `make docs`: every remedy that goodfit carries out is planned for small models of the shapes
that people write (`goodfit.testing.architectures`), and the surgery contract is tested for each cell. A number says how
many places change; · is a change of the optimiser, the loss or the loop; a letter says why nothing is changed.

"""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class _Cell:
    """One remedy in one architecture: what was planned, or why nothing was."""

    treatment: Treatment | None
    because: str = ""


def architectures_page() -> str:
    """The table, the reasons, and the places of each architecture."""
    remedies = [remedy for remedy in REMEDIES if remedy.edits]
    cells = {(a.name, r.name): _cell(a, r) for a in ARCHITECTURES for r in remedies}
    reasons = list(dict.fromkeys(cell.because for cell in cells.values() if cell.because))
    lines = [
        f"| architecture | {' | '.join(f'[{r.name}](remedies/{r.name}.md)' for r in remedies)} |",
        f"|---|{'---|' * len(remedies)}",
    ]
    for architecture in ARCHITECTURES:
        row = [_mark(cells[architecture.name, remedy.name], reasons) for remedy in remedies]
        lines.append(f"| {architecture.name} | {' | '.join(row)} |")
    listed = [f"- {_letter(place)}: {reason}" for place, reason in enumerate(reasons)]
    places = [
        line for a in ARCHITECTURES for line in _places(a, {r.name: cells[a.name, r.name] for r in remedies})
    ]
    return (
        INTRODUCTION
        + "\n".join([*lines, "", "Why nothing is changed:", "", *listed, "", *places]).rstrip()
        + "\n"
    )


def _cell(architecture: Architecture, remedy: Remedy) -> _Cell:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = architecture.build().train()
    optimizer = torch.optim.AdamW(p for p in model.parameters() if p.requires_grad)
    subject = Subject(model=model, optimizer=optimizer, loss=nn.CrossEntropyLoss(), epochs=10)
    prescription = Prescription(remedy=remedy.name, dose=remedy.dose)
    try:
        return _Cell(plan(subject, prescription, example=copy.deepcopy(architecture.example())))
    except NothingMatchedError as error:
        return _Cell(None, error.found.removeprefix("nothing to change: "))
    except GoodfitError as error:
        return _Cell(None, error.found)


def _mark(cell: _Cell, reasons: list[str]) -> str:
    if cell.treatment is None:
        return _letter(reasons.index(cell.because))
    places = len(cell.treatment.of_model().edits)
    return str(places) if places else "·"


def _letter(place: int) -> str:
    round_, letter = divmod(place, len(_LETTERS))
    return _LETTERS[letter] * (round_ + 1)


def _places(architecture: Architecture, cells: dict[str, _Cell]) -> Iterator[str]:
    """What changes in the model, remedy by remedy."""
    yield f"## {architecture.name}\n"
    yield f"{(architecture.build.__doc__ or '').partition(chr(10))[0]}\n"
    for name, cell in cells.items():
        treatment = cell.treatment
        if treatment is None or not treatment.of_model().edits:
            continue
        said = [
            f"`{place_words(e)}` ({before_words(e)} → {after_words(e)})" for e in treatment.of_model().edits
        ]
        yield f"- {name}: {', '.join(said)}"
    yield ""
