# SPDX-License-Identifier: Apache-2.0
"""From the edits of a treatment to replacements in the source of the classes that hold the layers."""

import ast
import difflib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from goodfit.nn import attached
from goodfit.surgery.patches.sequences import entries, put_before
from goodfit.surgery.patches.source import (
    NotFoundError,
    Scope,
    SourceFile,
    assignments,
    is_own,
    source_of,
    the_one,
)
from goodfit.surgery.patches.spelling import check_number, nn_of, set_number
from goodfit.values import Edit, EditKind, Skip, Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A treatment in the user's own files."""

    diff: str  # unified; "" when no place was found
    by_hand: tuple[
        Skip, ...
    ]  # dropout edits whose place in the source was not found; the other kinds are lines to paste
    files: dict[Path, str]  # each file's new text


@dataclass(slots=True)
class _Sources:
    """The files met so far, and who made the model."""

    model: nn.Module
    factory: Callable[..., Any] | None
    known: dict[Path, SourceFile]

    def written(self, path: str) -> tuple[SourceFile, Scope]:
        """Where the layers of the module at `path` are made; of a bare nn.Sequential, in the function that gave it."""
        module = self.model.get_submodule(path)
        if path == "" and type(module) is nn.Sequential and self.factory is not None:
            return source_of(self.factory, self.known)
        return source_of(type(module), self.known)


def suggest(model: nn.Module, treatment: Treatment, factory: Callable[..., Any] | None = None) -> Patch:
    """Say a treatment as a patch of the source files; nothing is written.

    Args:
        model: the untreated model that the treatment was planned for.
        treatment: what `plan` gave.
        factory: the function that built the model; an nn.Sequential alone is looked for there.
    """
    sources = _Sources(model, factory, {})
    by_hand = []
    for edit in treatment.edits:
        if edit.kind not in _CHANGES:
            continue
        kept = deepcopy({path: file.changes for path, file in sources.known.items()})
        try:
            _CHANGES[edit.kind](sources, edit)
        except NotFoundError as error:
            for path, file in sources.known.items():
                file.changes = kept.get(path, {})
            by_hand.append(Skip(path=edit.path, because=str(error)))
    changed = {path: file for path, file in sources.known.items() if file.changes}
    return Patch(
        diff="".join(_diff(file) for file in changed.values()),
        by_hand=tuple(by_hand),
        files={path: file.changed().decode() for path, file in changed.items()},
    )


def _set_rate(sources: _Sources, edit: Edit) -> None:
    """A rate in the call that makes the layer, or in an attribute of its own."""
    layer = sources.model.get_submodule(edit.path)
    owner, _, name = edit.path.rpartition(".")
    if not _made_by_torch(layer):
        file, scope = sources.written(edit.path)
        statement = the_one(assignments(scope, edit.attribute), f"self.{edit.attribute}")
        check_number(file, statement.value, edit.before)
        file.replace(statement.value, f"{edit.after:g}")
        return
    file, call = _entry(sources, owner, name)
    set_number(file, call, edit.attribute, edit.before, edit.after)


def _insert(sources: _Sources, edit: Edit) -> None:
    """A dropout layer beside the layer it feeds, and each call of that layer with its input dropped from."""
    owner, _, name = edit.path.rpartition(".")
    parent = sources.model.get_submodule(owner)
    if attached(parent.get_submodule(name)) is not None:
        raise NotFoundError("the layer has a dropout of goodfit in front of it")
    if type(parent) is nn.Sequential:
        place = list(parent._modules).index(name)  # noqa: SLF001 - names in order
        if place or not owner:
            file, written = _sequence(sources, owner)
            put_before(file, written, parent, place, edit.after)
            return
        owner, _, name = owner.rpartition(".")  # what feeds the first entry feeds the sequence
    file, scope = sources.written(owner)
    statement = the_one(assignments(scope, name), f"self.{name}")
    calls = [node for node in ast.walk(scope) if isinstance(node, ast.Call) and is_own(node.func, name)]
    if not calls or not all(call.args and not isinstance(call.args[0], ast.Starred) for call in calls):
        raise NotFoundError(f"self.{name} is not called with a plain first argument")
    made = f"self.drop_{name}"
    file.insert(
        file.span(statement)[1], f"\n{file.indent(statement)}{made} = {nn_of(file)}Dropout({edit.after:g})"
    )
    for call in calls:
        file.insert(file.span(call.args[0])[0], f"{made}(")
        file.insert(file.span(call.args[0])[1], ")")


_CHANGES = {EditKind.SET_RATE: _set_rate, EditKind.INSERT_DROPOUT: _insert}


def _entry(sources: _Sources, owner: str, name: str) -> tuple[SourceFile, ast.expr]:
    """The expression that makes the layer `name` of the module at `owner`."""
    parent = sources.model.get_submodule(owner)
    if type(parent) is nn.Sequential:
        file, written = _sequence(sources, owner)
        return file, written[list(parent._modules).index(name)]  # noqa: SLF001 - names in order
    file, scope = sources.written(owner)
    return file, the_one(assignments(scope, name), f"self.{name}").value


def _sequence(sources: _Sources, path: str) -> tuple[SourceFile, list[ast.expr]]:
    """The entries of the nn.Sequential at `path`, in the class that holds it."""
    sequence = sources.model.get_submodule(path)
    assert isinstance(sequence, nn.Sequential)  # noqa: S101 - the caller asked for one
    holder, _, _ = path.rpartition(".")
    file, scope = sources.written(holder if path else "")
    return file, entries(scope, sequence)


def _made_by_torch(layer: nn.Module) -> bool:
    return type(layer).__module__.startswith("torch.nn")


def _diff(file: SourceFile) -> str:
    try:
        name = file.path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        name = file.path.as_posix()
    before, after = (text.decode().splitlines(keepends=True) for text in (file.text, file.changed()))
    lines = difflib.unified_diff(before, after, f"a/{name.lstrip('/')}", f"b/{name.lstrip('/')}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
