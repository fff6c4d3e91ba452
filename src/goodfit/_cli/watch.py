# SPDX-License-Identifier: Apache-2.0
"""`goodfit watch DIR`: the live page of trainings that go on, or the same in the terminal."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from goodfit._cli.inputs import Choosing
from goodfit._cli.output import stderr
from goodfit.errors import SettingsError
from goodfit.web import Access, Follower, serve

INTERRUPTED = 130
PORT = 8642
_PORTS = 2**16


def watch(
    path: Path,
    *,
    tui: Annotated[bool, Parameter(negative=())] = False,
    host: str = "127.0.0.1",
    port: int = PORT,
    choosing: Choosing = Choosing(),  # noqa: B008 - frozen
) -> int:
    """Watch trainings while they go on: a page with every run's verdict, which changes as its log is written.

    Ctrl-C ends it. Nothing is written, and nothing but PATH is read.

    Parameters
    ----------
    path:
        A log of any tool (docs/formats.md lists them), or a folder: every run below it is shown, also those that come.
    tui:
        Watch in the terminal instead of on a page; --run names the run whose curves are shown.
    host:
        The address to listen at. Any other than this machine's own needs the token that is then printed.
    port:
        The port to listen at; 0 for any free one.
    """
    if not 0 <= port < _PORTS:
        raise SettingsError(f"port is {port}", where="--port", todo=f"give 0 to {_PORTS - 1}")
    follower = Follower(path, choice=choosing.columns)
    try:
        if tui:
            from goodfit._cli.watch_terminal import show

            show(follower, choosing.run)
        else:
            if choosing.run is not None:
                raise SettingsError(
                    "the page shows all runs", where="--run", todo="leave it out, or add --tui"
                )
            serve(follower, Access.to(host), port, _say)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _say(address: str) -> None:
    console = stderr()
    console.print(f"goodfit watches at {address}", soft_wrap=True)
    console.print("Ctrl-C ends it.", style="dim")
