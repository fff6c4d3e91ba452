# SPDX-License-Identifier: Apache-2.0
"""Listens at an address, follows the logs beside it, and ends when it is told to."""

import socket
import sys
import time
import traceback
from collections.abc import Callable
from threading import Event, Thread

from goodfit.errors import MissingExtraError, SettingsError
from goodfit.web.access import Access
from goodfit.web.following import Follower
from goodfit.web.pace import AT_MOST, rest

_ENDING = 1  # seconds that open pages have to end


def serve(follower: Follower, access: Access, port: int, say: Callable[[str], None]) -> None:
    """Serve the page until the program is interrupted; `say` hears the address.

    Raises:
        MissingExtraError: starlette, uvicorn or sse-starlette is not installed.
        SettingsError: nobody can listen there.
        KeyboardInterrupt: it was interrupted, and everything is closed.
    """
    try:
        import uvicorn

        from goodfit.web.application import application
    except ImportError as error:
        raise MissingExtraError(
            f"the live page needs a package that is not installed: {error.name}",
            todo="pip install 'goodfit[web]', or watch in the terminal: --tui",
        ) from None
    with listening(access.host, port) as heard:
        config = uvicorn.Config(
            application(follower, access),
            log_level="error",
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=_ENDING,
        )
        server, ended = uvicorn.Server(config), Event()
        Thread(target=keep_looking, args=(follower, ended), daemon=True).start()
        say(address(access, heard.getsockname()[1]))
        try:
            server.run(sockets=[heard])
        finally:
            follower.stopped = True
            ended.set()


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        SettingsError: the port is taken, or the address is not one of this machine.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(
            f"there is no address {host!r}: {error.strerror}", where="--host", todo="give one of this machine"
        ) from None
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(place)
        found.listen()
    except OSError as error:
        found.close()
        raise SettingsError(
            f"nobody can listen at {host}, port {port}: {error.strerror}",
            where="--host and --port",
            todo="close what listens there, or give --port 0 for any free port",
        ) from None
    return found


def address(access: Access, port: int) -> str:
    """Where the page is, with its token where it needs one."""
    host = f"[{access.host}]" if ":" in access.host else access.host
    token = f"?token={access.token}" if access.token else ""
    return f"http://{host}:{port}/{token}"


def keep_looking(follower: Follower, ended: Event) -> None:
    """Look again and again; a fault of ours is told on the page, and the next look may fare better."""
    while not ended.is_set():
        begun = time.monotonic()
        try:
            follower.look(AT_MOST)
            follower.board.tell(trouble="")
        except Exception as error:  # noqa: BLE001 - the page must not stand still in silence
            trouble = f"{type(error).__name__}: {error}"
            if trouble != follower.board.news().trouble:
                traceback.print_exc(file=sys.stderr)
            follower.board.tell(trouble=trouble)
        ended.wait(rest(time.monotonic() - begun) if follower.begun else 0)
