# SPDX-License-Identifier: Apache-2.0
"""What a tool is: its name and schemas, and a function from checked arguments to a frozen value and a text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from goodfit.errors import SettingsError
from goodfit.values import schema_of

Arguments = Mapping[str, Any]
_KINDS: Mapping[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "integer": (int,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a tool found."""

    value: Any  # a frozen value; its JSON is the structured result
    text: str  # the same as Markdown, for people and for models that read no structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a tool."""

    kind: str  # "string", "number" or "integer"
    what: str
    needed: bool = False


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One read-only tool."""

    name: str
    title: str
    what: str  # what it does, when to use it, and what it does not do
    arguments: Mapping[str, Argument]
    gives: tuple[type, ...]  # the frozen values that it may answer with
    answer: Callable[[Arguments, Path], Answer]  # the second is the folder that may be read

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return {
            "type": "object",
            "properties": {
                name: {"type": each.kind, "description": each.what} for name, each in self.arguments.items()
            },
            "required": [name for name, each in self.arguments.items() if each.needed],
            "additionalProperties": False,
        }

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """The JSON Schema of its structured result, made from the values themselves."""
        return {"type": "object", **schema_of(self.name, *self.gives)}

    def __call__(self, arguments: Arguments, root: Path) -> Answer:
        """Check the arguments and answer.

        Raises:
            GoodfitError: an argument is unknown, missing or of the wrong kind, or the tool itself says why not.
        """
        for name, given in arguments.items():
            self._check(name, given)
        for name, each in self.arguments.items():
            if each.needed and name not in arguments:
                raise SettingsError(f"the argument {name!r} is missing", where=self.name, todo=each.what)
        return self.answer(arguments, root)

    def _check(self, name: str, given: Any) -> None:
        if name not in self.arguments:
            known = ", ".join(self.arguments)
            raise SettingsError(
                f"there is no argument {name!r}", where=self.name, todo=f"the arguments are {known}"
            )
        kind = self.arguments[name].kind
        if isinstance(given, bool) or not isinstance(given, _KINDS[kind]):
            raise SettingsError(
                f"the argument {name!r} is {given!r:.60}", where=self.name, todo=f"give a {kind}"
            )
