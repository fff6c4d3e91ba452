# SPDX-License-Identifier: Apache-2.0
"""The page's server: one page, its parts, the stream of news, and the details and report of a run.

    /                   the page
    /parts/NAME         its script and style, and the report's
    /news               server-sent events
    /runs/KEY           what is shown of one run, as JSON
    /runs/KEY/report    the full report, made when it is asked for

A key is looked up among the runs that are shown; no part of an address is ever a path.
"""

import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote

from anyio import CapacityLimiter, sleep, to_thread
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goodfit.web.access import HEADERS, REPORT_POLICY, Access
from goodfit.web.board import News
from goodfit.web.following import Follower
from goodfit.web.parts import PARTS, page, part, report_page

_OFTEN = 0.1  # seconds between two looks at the board
_BEAT = 4.0  # seconds after which a page is told that nothing is new
_RETRY = 1000  # milliseconds until a browser tries again
_MOST_READERS = 32  # pages open at a time
_STALLED = 30  # seconds that a reader may take for one message


def application(follower: Follower, access: Access) -> ASGIApp:
    """Everything that is served, behind the door."""
    pages = _Pages(follower)
    routes = [
        Route("/", pages.page),
        Route("/parts/{name}", pages.part),
        Route("/news", pages.news),
        Route("/runs/{key}", pages.details),
        Route("/runs/{key}/report", pages.report),
    ]
    return Door(Starlette(routes=routes), access)


class _Pages:
    """What is served, each by its address."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.readers = 0
        self.reporting = CapacityLimiter(1)  # a report of a long log takes a second; one at a time

    async def page(self, _: Request) -> Response:
        """The page itself."""
        return HTMLResponse(page(self.follower.root.name or str(self.follower.root)))

    async def part(self, request: Request) -> Response:
        """What the page loads."""
        found = PARTS.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return Response(part(request.path_params["name"]), media_type=found[0])

    async def news(self, _: Request) -> Response:
        """What is known, and then what changes."""
        if self.readers >= _MOST_READERS:
            return PlainTextResponse(f"{_MOST_READERS} pages are open already", 503)
        return EventSourceResponse(self._counted(), send_timeout=_STALLED)

    async def _counted(self) -> AsyncIterator[ServerSentEvent]:
        self.readers += 1
        try:
            async for each in _news(self.follower):
                yield each
        finally:
            self.readers -= 1

    async def details(self, request: Request) -> Response:
        """What is shown of one run."""
        found = await to_thread.run_sync(self.follower.details, request.path_params["key"])
        if found is None:
            raise HTTPException(404)
        return Response(found, media_type="application/json")

    async def report(self, request: Request) -> Response:
        """The full report of one run."""
        key = request.path_params["key"]
        found = await to_thread.run_sync(report_page, self.follower, key, limiter=self.reporting)
        if found is None:
            raise HTTPException(404)
        return HTMLResponse(found, headers={"Content-Security-Policy": REPORT_POLICY})


async def _news(follower: Follower) -> AsyncIterator[ServerSentEvent]:
    """Everything that is known, and then what changes."""
    seen, told = -1, 0.0
    while not follower.stopped:
        if follower.board.number != seen:
            found = follower.board.news(seen)
            yield ServerSentEvent(_written(found), event="news", retry=_RETRY)
            seen, told = found.number, time.monotonic()
        elif time.monotonic() - told >= _BEAT:
            yield ServerSentEvent(json.dumps({"now": time.time()}), event="beat")
            told = time.monotonic()
        await sleep(_OFTEN)


def _written(news: News) -> str:
    """News as one line of JSON."""
    found: Mapping[str, Any] = {
        "now": time.time(),
        "runs": {key: asdict(summary) for key, summary in news.runs.items()},
        "keys": news.keys,
        "unread": [asdict(each) for each in news.unread],
        "reading": news.reading,
        "trouble": news.trouble,
    }
    return json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class Door:
    """Lets in what may be let in, and writes on everything that leaves how a browser is to treat it.

    Args:
        inside: what is served.
        access: who may see it.
    """

    def __init__(self, inside: ASGIApp, access: Access) -> None:
        self.inside, self.access = inside, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.inside(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refused(scope)
        await (answer or self.inside)(scope, receive, sent)

    def _refused(self, scope: Scope) -> Response | None:
        """An answer that does not let in; None: come in."""
        headers = Headers(scope=scope)
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("this page is only read", 405)
        if not self.access.is_known_name(headers.get("host", "")):
            return PlainTextResponse("this server is asked by a name that is not its own", 421)
        if not self.access.token:
            return None
        name = f"goodfit_{scope['server'][1]}" if scope.get("server") else "goodfit"
        given = self.access.token_in(scope["query_string"].decode("latin-1"))
        if given and self.access.is_token(given):
            answer = RedirectResponse(quote(scope["path"]), 303)  # out of the address, which others may see
            answer.set_cookie(name, given, httponly=True, samesite="strict")
            return answer
        if self.access.is_token(_cookie(headers.get("cookie", ""), name)):
            return None
        return PlainTextResponse(
            "This page needs its token: open the address that goodfit printed when it was started.", 403
        )


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
