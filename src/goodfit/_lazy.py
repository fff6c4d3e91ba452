# SPDX-License-Identifier: Apache-2.0
"""Names of a package that are loaded when first used (PEP 562), so that importing the package costs nothing."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, home: Mapping[str, str], namespace: dict[str, Any]) -> Callable[[str], Any]:
    """A package's `__getattr__`.

    Args:
        package: dotted name.
        home: which submodule each public name lives in.
        namespace: the package's globals, where a name is kept once it is loaded.
    """

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        namespace[name] = getattr(import_module(f"{package}.{home[name]}"), name)
        return namespace[name]

    return load
