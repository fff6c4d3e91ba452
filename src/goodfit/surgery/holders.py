# SPDX-License-Identifier: Apache-2.0
"""Which attribute feeds a dropout that is called as a function is found by experiment.

    x = F.dropout(x, self.p, self.training)        # change `p` on a copy: does the rate of the call follow?

On a copy every number that equals the rate seen, on the calling module, the modules around it and what they
hold (a dropout layer of which only the rate is read, a configuration), gets a value of its own; the rate that
each call then shows names the attribute it follows. A rate that follows none is a literal in the code.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from torch import Tensor, nn

from goodfit.surgery.kinds import kind_of
from goodfit.surgery.rates import hold_
from goodfit.surgery.trace import Call
from goodfit.values import LayerKind

Held = tuple[str, str]  # dotted name of a module, and its attribute
Pass = Callable[[nn.Module], Sequence[Call]]

# Values that no model holds by chance, and so small that a copy which drops at them, or leaves layers out at
# them, runs as it did.
FIRST, STEP = 1.0e-3, 1.0e-6


def with_holders(calls: Sequence[Call], copied: Callable[[], nn.Module], run: Pass) -> tuple[Call, ...]:
    """Add to each call of a function that drops the attribute which its rate follows.

    Args:
        calls: what `run` gave for the model as it is.
        copied: makes a fresh copy of the model.
        run: passes the example through a copy, in the same way each time.
    """
    if not any(call.rate is not None for call in calls):
        return tuple(calls)
    found = tuple(_candidates(copied(), calls))
    follows = _followed(calls, found, copied, run)
    if follows is None:  # a value that is no rate was changed, and the model does not run with it
        follows = {}
        for each in found:
            follows |= _followed(calls, (each,), copied, run) or {}
    return tuple(
        replace(call, held_by=follows[at][0], attribute=follows[at][1]) if at in follows else call
        for at, call in enumerate(calls)
    )


def _followed(
    calls: Sequence[Call], tried: Sequence[Held], copied: Callable[[], nn.Module], run: Pass
) -> dict[int, Held] | None:
    """Which call follows which attribute; None where the changed copy does not run."""
    values = {FIRST + STEP * number: each for number, each in zip(count(), tried)}
    model = copied()
    for value, (path, attribute) in values.items():
        try:
            hold_(model.get_submodule(path), attribute, value)
        except (AttributeError, TypeError, ValueError):  # read-only, or guarded by the owner
            continue
    try:
        changed = run(model)
    except Exception:  # noqa: BLE001 - whatever the model's own code raises
        return None
    if [_place(call) for call in changed] != [_place(call) for call in calls]:
        return None
    return {at: values[call.rate] for at, call in enumerate(changed) if call.rate in values}


def _place(call: Call) -> tuple[str, str | None]:
    return call.path, call.function


def _candidates(model: nn.Module, calls: Sequence[Call]) -> Iterator[Held]:
    """Numbers equal to a rate that was seen, from the model down to the module that calls; each object's once."""
    seen: set[tuple[int, str]] = set()
    for call in calls:
        if call.rate is None:
            continue
        for path in _around(call.path):
            for owner, attribute, value in _numbers(model.get_submodule(path)):
                key = (id(owner), attribute.rpartition(".")[2])
                if value == call.rate and key not in seen:
                    seen.add(key)
                    yield _named(path, owner, attribute)


def _around(path: str) -> list[str]:
    """The model, the modules around the one at `path`, and that one."""
    parts = path.split(".") if path else []
    return [".".join(parts[:length]) for length in range(len(parts) + 1)]


def _named(path: str, owner: Any, attribute: str) -> Held:
    """A dropout layer is named itself, and not as an attribute of the module around it."""
    if isinstance(owner, nn.Module) and "." in attribute:
        child, _, leaf = attribute.rpartition(".")
        return f"{path}.{child}".strip("."), leaf
    return path, attribute


def _numbers(module: nn.Module) -> Iterator[tuple[Any, str, float]]:
    """The numbers that a module holds: owner, dotted name of the attribute, value."""
    for name, child in module.named_children():
        if kind_of(child) is LayerKind.DROPOUT and isinstance(getattr(child, "p", None), int | float):
            yield child, f"{name}.p", float(child.p)  # type: ignore[arg-type]  # narrowed above
    for name, value in vars(module).items():
        if _is_number(name, value):
            yield module, name, float(value)
        elif (
            not name.startswith("_")
            and not isinstance(value, nn.Module | Tensor | type)
            and not callable(value)
        ):
            fields = value if isinstance(value, Mapping) else getattr(value, "__dict__", {})
            for field, number in fields.items():
                if isinstance(field, str) and _is_number(field, number):
                    yield value, f"{name}.{field}", float(number)


def _is_number(name: str, value: Any) -> bool:
    """Whether something may be a rate; a whole number only where its name says so, for most count something."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, float) or (whole and ("drop" in name or name in ("p", "rate")))
