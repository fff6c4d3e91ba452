# SPDX-License-Identifier: Apache-2.0
"""`goodfit mcp`: read-only tools for agents, on standard input and output."""

from importlib.util import find_spec
from pathlib import Path

from goodfit.errors import MissingExtraError, SettingsError


def mcp(*, root: Path = Path()) -> None:
    """Serve read-only tools to an agent over the Model Context Protocol, on standard input and output.

    Parameters
    ----------
    root:
        The folder whose files may be read; the working directory when not given.
    """
    if find_spec("mcp") is None:
        raise MissingExtraError(
            "the package mcp is needed to talk to an agent, and is not installed",
            todo="pip install 'goodfit[mcp]'",
        )
    if not root.is_dir():
        raise SettingsError(f"there is no folder {str(root)!r}", where="--root", todo="name an existing one")
    from goodfit.agents.server import serve

    serve(root)
