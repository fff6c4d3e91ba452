# SPDX-License-Identifier: Apache-2.0
"""Which places of a model a user means: a glob of dotted names, a predicate, or what a prescription names.

plan(model, prescription, where="encoder.*")
plan(model, prescription, where="lstm.weight_hh_l0")       # a number or weight inside a layer, where it is spelled
plan(model, prescription, where=lambda module, name: isinstance(module, nn.Linear))
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from torch import nn

from goodfit.errors import NothingMatchedError
from goodfit.surgery.kinds import rate_attribute
from goodfit.surgery.rates import held
from goodfit.values import Prescription

Where = str | Callable[[nn.Module, str], bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The places meant, by dotted name; None where all are."""

    names: frozenset[str] | None = None
    spelled: frozenset[str] = (
        frozenset()
    )  # those named for themselves, and not by a wildcard that takes in all

    def __call__(self, name: str) -> bool:
        """Whether a dotted name is among the places meant."""
        return self.names is None or name in self.names

    def any_of(self, names: Iterable[str]) -> bool:
        """Whether one of the names of a place is meant."""
        return any(map(self, names))


def wanted_places(model: nn.Module, prescription: Prescription, where: Where | None) -> Wanted:
    """The places meant; without a choice all are.

    Args:
        model: whose names are asked for.
        prescription: where its `where` names places of this model, those are meant.
        where: a glob of dotted names ("encoder.*"), or a predicate of (module, dotted name); it comes first. What a
            layer holds (a weight, a rate) is taken in by a glob only where its last part spells it.

    Raises:
        NothingMatchedError: `where` takes in no place of the model; names some that there are.
    """
    modules: dict[str, nn.Module] = dict(model.named_modules(remove_duplicate=False))
    inside = frozenset(_inside(modules))
    if where is None:
        meant = frozenset(prescription.where) & (set(modules) | inside | _attributes(modules, prescription))
        return Wanted(meant, meant) if meant else Wanted()
    if isinstance(where, str):
        meant = frozenset(name for name in modules if fnmatchcase(name, where))
        held = frozenset(name for name in inside if fnmatchcase(name, where) and _spells(where, name))
        spelled = held | frozenset(name for name in meant if _spells(where, name))
        found = Wanted(meant | held, spelled)
    else:
        meant = frozenset(name for name, module in modules.items() if where(module, name))
        found = Wanted(meant, meant)
    if not found.names:
        raise _none(model, modules, where)
    return found


def _none(model: nn.Module, modules: dict[str, nn.Module], where: Where) -> NothingMatchedError:
    leaves = [name for name, module in modules.items() if name and not any(True for _ in module.children())]
    shown = ", ".join(leaves[:_SHOWN]) + (f" and {len(leaves) - _SHOWN} more" if len(leaves) > _SHOWN else "")
    said = repr(where) if isinstance(where, str) else "the predicate"
    return NothingMatchedError(
        f"{said} takes in no module of the model",
        where=type(model).__name__,
        todo=f"choose among: {shown or 'the model itself, whose name is empty'}",
    )


_SHOWN = 12  # candidates in an error; more would bury the message


def _spells(pattern: str, name: str) -> bool:
    """Whether the last part of a glob says something of the last part of a name: "lstm.*" says nothing."""
    last = pattern.rpartition(".")[2]
    return bool(last.strip("*?")) and fnmatchcase(name.rpartition(".")[2], f"*{last}")


def _inside(modules: dict[str, nn.Module]) -> Iterator[str]:
    """The weights and rates that modules hold, by dotted name."""
    for path, module in modules.items():
        held = [name for name, _ in module.named_parameters(recurse=False)]
        held += [name for name, value in vars(module).items() if isinstance(value, float)]
        rate = rate_attribute(module)
        for name in dict.fromkeys([*held, *([rate] if rate else [])]):
            yield f"{path}.{name}".strip(".")


def _attributes(modules: dict[str, nn.Module], prescription: Prescription) -> set[str]:
    """The names of a prescription that end in an attribute of a module, as "config.attn_pdrop" does."""
    return {
        name
        for name in prescription.where
        if any(
            name.startswith(f"{path}.".lstrip(".")) and _has(module, name[len(path) :])
            for path, module in modules.items()
        )
    }


def _has(module: nn.Module, attribute: str) -> bool:
    try:
        return isinstance(held(module, attribute.lstrip(".")), float)
    except AttributeError:
        return False
