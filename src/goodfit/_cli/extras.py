# SPDX-License-Identifier: Apache-2.0
"""A clear word when an optional dependency is missing."""

from importlib.util import find_spec

from goodfit.errors import MissingExtraError


def need_torch() -> None:
    """Check that everything that trains is installed.

    Raises:
        MissingExtraError: torch or safetensors is missing.
    """
    missing = [name for name in ("torch", "safetensors") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"{' and '.join(missing)} is needed to load or train a model, and is not installed",
            todo="pip install 'goodfit[torch]'; diagnose, explain and report work without it",
        )
