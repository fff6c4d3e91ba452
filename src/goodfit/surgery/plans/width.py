# SPDX-License-Identifier: Apache-2.0
"""Hidden layers get more or fewer units, where these can be followed to all that reads them.

Each edit is tried on a copy first: widening that must not change what the reading layers give shows whether the
units were followed rightly, also when units are to be taken away.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import isfinite

from goodfit.errors import SettingsError, SurgeryError
from goodfit.surgery.dataflow import Flow, read_flow
from goodfit.surgery.edits._widths import FRESH, PRESERVING, STRONGEST
from goodfit.surgery.edits.batch_norm import NAME, inserted_norm
from goodfit.surgery.plans._examples import example_for, without_example
from goodfit.surgery.plans._layer_lines import layer_line
from goodfit.surgery.plans._rehearsal import Rehearsal
from goodfit.surgery.plans._request import Planned, Request
from goodfit.surgery.plans._soundness import Soundness
from goodfit.surgery.units import Reading, Units, outputs_of, units_of
from goodfit.values import Edit, EditKind, LayerKind, Skip, Treatment

_PROBE = 2  # times the width: what shows whether units were followed rightly
_BY_HAND = "change the widths by hand, where the model is built"
_OPTIMISER = "# before the optimiser is made; checkpoints of the old width do not load any more"


def larger(value: float | None) -> float:
    """A factor for more nodes.

    Raises:
        SettingsError: it is not above 1.
    """
    if value is None or not isfinite(value) or value <= 1:
        raise SettingsError(
            f"a width of {value} times the present one is not more", todo="give a factor such as 2"
        )
    return float(value)


def smaller(value: float | None) -> float:
    """A factor for fewer nodes.

    Raises:
        SettingsError: it is not between 0 and 1.
    """
    if value is None or not 0 < value < 1:
        raise SettingsError(
            f"a width of {value} times the present one is not between 0 and 1",
            todo="give a factor such as 0.5",
        )
    return float(value)


def in_manner(treatment: Treatment, manner: str) -> Treatment:
    """The same treatment with units made in another manner; edits that set no width stay.

    Args:
        treatment: of "more-nodes" or "fewer-nodes".
        manner: "function-preserving" (only for more), "strongest" (only for fewer) or "fresh".

    Raises:
        SettingsError: the manner does not exist, or not for this direction.
    """
    for edit in treatment.edits:
        allowed = (PRESERVING if edit.after > (edit.before or 0) else STRONGEST, FRESH)
        if edit.kind is EditKind.WIDTH and manner not in allowed:
            raise SettingsError(
                f"{treatment.prescription.remedy} has no manner {manner!r}",
                todo=f"choose one of: {', '.join(allowed)}",
            )
    edits = (replace(e, manner=manner) if e.kind is EditKind.WIDTH else e for e in treatment.edits)
    return replace(treatment, edits=tuple(edits))


def planned(request: Request) -> Planned:
    """Change the width of each hidden layer whose units can be followed."""
    example = example_for(request)
    if example is None:
        return without_example("where units go is seen in a forward pass")
    flow = read_flow(request.model, example)
    if flow.blind:
        return Planned(
            edits=(),
            cause=f"{flow.blind} reads a tensor from code that cannot be followed",
            todo=_BY_HAND,
        )
    chosen, skipped = _candidates(request, flow)
    try:
        rehearsal = Rehearsal(request.model, example, [path for units in chosen for path in units.readers])
    except SurgeryError as error:
        return Planned(edits=(), skipped=tuple(skipped), cause=error.found)
    sound: list[Units] = []
    for units in chosen:
        because = _probed(rehearsal, units)
        if because is None:
            sound.append(units)
        else:
            skipped.append(Skip(path=units.path, because=because))
    edits, failed = _made(rehearsal, sound, request.dose)
    return Planned(
        edits=tuple(_with_code(rehearsal, edits)),
        skipped=(*skipped, *failed),
        cause=_cause(request),
        todo=_BY_HAND,
    )


def _candidates(request: Request, flow: Flow) -> tuple[list[Units], list[Skip]]:
    """The layers whose width can be changed, in the order they run, and the others with the reason."""
    sound = Soundness(request.model)
    chosen: list[Units] = []
    skipped: list[Skip] = []
    for path, runs in flow.runs.items():
        width = outputs_of(runs[0].module) if runs[0].module is not None else None
        if width is None:
            continue
        found = units_of(flow, path)
        because = found if isinstance(found, str) else _against(request, sound, found, width)
        if because is not None:
            skipped.append(Skip(path=path, because=because))
        elif isinstance(found, Units):
            chosen.append(_with_norm(request, found))
    return chosen, skipped


def _against(request: Request, sound: Soundness, units: Units, width: int) -> str | None:
    if not request.wanted(units.path):
        return "is not among the places prescribed"
    if _scaled(width, request.dose) == width:
        return f"has {width} units, and {request.dose:g} times that is as many"
    if because := sound.against(units.path):
        return because
    if getattr(request.model.get_submodule(units.path), "groups", 1) != 1:
        return "has groups"
    others = ((path, sound.against(path)) for path in units.others)
    return next((f"is read by {path}, which {because}" for path, because in others if because), None)


def _with_norm(request: Request, units: Units) -> Units:
    """The norm that an earlier treatment put on the layer's output has a number for each unit too."""
    if inserted_norm(request.model.get_submodule(units.path)) is None:
        return units
    return replace(units, norms=(f"{units.path}.{NAME}", *units.norms))


def _scaled(width: int, factor: float) -> int:
    return max(1, round(width * factor))


@dataclass(slots=True)
class _Growth:
    """How earlier edits of the same treatment move the inputs that later ones name."""

    moves: defaultdict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    def spans(self, units: Units) -> Iterator[str]:
        """The readings of units as an edit names them, in the sizes that the reading layers have by then."""
        for each in units.readings:
            moved = sum(delta for start, delta in self.moves[each.path] if start < each.start)
            start, stop = each.start + moved, each.stop + moved
            yield each.path if _is_whole(each) else f"{each.path}[{start}:{stop}]"

    def note(self, units: Units, edit: Edit) -> None:
        """Take an edit into account."""
        for each in units.readings:
            block = (each.stop - each.start) // units.width
            self.moves[each.path].append((each.start, block * int(edit.after - units.width)))


def _is_whole(reading: Reading) -> bool:
    return reading.start == 0 and reading.stop == reading.size


def _edit(units: Units, grown: _Growth, factor: float) -> Edit:
    return Edit(
        path=units.path,
        kind=EditKind.WIDTH,
        before=units.width,
        after=_scaled(units.width, factor),
        code="",
        along=(*units.norms, *grown.spans(units)),
        manner=PRESERVING if factor > 1 else STRONGEST,
    )


def _probed(rehearsal: Rehearsal, units: Units) -> str | None:
    """Why the units of a layer were not followed rightly, or None; the copy is as before."""
    probe = _edit(units, _Growth(), _PROBE)
    because = rehearsal.keeps(probe, units.readers)
    if because is None:
        rehearsal.undo(probe)
    return because


def _made(rehearsal: Rehearsal, sound: list[Units], factor: float) -> tuple[list[Edit], list[Skip]]:
    """Make the edits on the copy: all at once, and where that fails one by one."""
    grown = _Growth()
    edits = []
    for units in sound:
        edits.append(_edit(units, grown, factor))
        grown.note(units, edits[-1])
    if rehearsal.runs(edits) is None:
        return edits, []
    grown, made, failed = _Growth(), [], []
    for units in sound:
        edit = _edit(units, grown, factor)
        because = rehearsal.runs([edit])
        if because is None:
            made.append(edit)
            grown.note(units, edit)
        else:
            failed.append(Skip(path=units.path, because=because))
    return made, failed


def _with_code(rehearsal: Rehearsal, edits: list[Edit]) -> Iterator[Edit]:
    """Say each edit as lines of the user's code, each layer once, in its final sizes."""
    said: set[str] = {edit.path for edit in edits}
    for edit in edits:
        along = [each.partition("[")[0] for each in edit.along]
        new = [path for path in dict.fromkeys(along) if path not in said and not path.endswith(f".{NAME}")]
        said.update(new)
        lines = [layer_line(rehearsal.model, path) for path in (edit.path, *new)]
        yield replace(edit, code="\n".join((*lines, _OPTIMISER)))


def _cause(request: Request) -> str:
    facts = request.seen.facts
    if facts.of_kind(LayerKind.RECURRENT):
        return "the hidden size of a recurrent layer is not changed, and the units of no other hidden layer can be followed"
    return "there is no hidden layer whose units can be followed to all layers that read them"
