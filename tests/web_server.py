# SPDX-License-Identifier: Apache-2.0
"""A live page for tests: in this process for quick ones, or a process of its own that can be killed."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import goodfit
from goodfit.web import Access, Follower
from goodfit.web.serving import keep_looking, listening

HEAD = "epoch,train_loss,val_loss\n"


def lines(first: int, last: int, *, turn: int = 12, best: int | None = None) -> str:
    """Epochs of a training that overfits from `turn` on, and makes a new best at `best`."""
    rows = []
    for i in range(first, last):
        wobble = 0.004 * ((i * 7919) % 10) / 10
        val = 2 * 0.8**i + 0.12 + 0.03 * max(0, i - turn) + wobble
        if best is not None and i >= best:
            val = 0.11 - 0.001 * (i - best) + wobble / 4
        rows.append(f"{i},{2 * 0.8**i + 0.1:.5f},{val:.5f}\n")
    return "".join(rows)


def append(path: Path, text: str) -> None:
    """Write on at the end of a log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as log:
        log.write(text)


class Served:
    """Where a page is served, and what it follows."""

    def __init__(self, port: int, follower: Follower, access: Access) -> None:
        self.port, self.follower, self.access = port, follower, access

    def get(
        self, path: str, *, method: str = "GET", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Ask for a path as it is, without anything cleaned away."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def news(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the stream tells, as (event, data)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", "/news")
            answer, event = connection.getresponse(), ""
            while line := answer.readline().decode().rstrip("\r\n") or True:
                if isinstance(line, str) and line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif isinstance(line, str) and line.startswith("data: "):
                    yield event, json.loads(line.removeprefix("data: "))
        finally:
            connection.close()


@contextmanager
def served(root: Path, access: Access | None = None) -> Iterator[Served]:
    """Serve a folder from a thread of this process."""
    import uvicorn

    from goodfit.web.application import application

    access = access or Access.to("127.0.0.1")
    follower = Follower(root)
    with listening("127.0.0.1", 0) as heard:
        config = uvicorn.Config(
            application(follower, access),
            log_level="error",
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        server, ended = uvicorn.Server(config), Event()
        threads = [
            Thread(target=keep_looking, args=(follower, ended), daemon=True),
            Thread(target=server.run, kwargs={"sockets": [heard]}, daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            yield Served(heard.getsockname()[1], follower, access)
        finally:
            follower.stopped = server.should_exit = True
            ended.set()
            for thread in threads:
                thread.join(timeout=30)


def started(root: Path, port: int = 0) -> tuple["subprocess.Popen[str]", str]:
    """`goodfit watch` as a process, and its address once it listens."""
    environment = os.environ | {"PYTHONPATH": str(Path(goodfit.__file__).parents[1])}
    program = "from goodfit._cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "watch", str(root), "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    found = re.search(r"http://\S+", said)
    assert found, said + process.stderr.read()
    return process, found[0]


def end(process: "subprocess.Popen[str]") -> None:
    """Kill a server, as a machine that goes down would."""
    process.kill()
    process.wait(timeout=30)
    if process.stderr is not None:
        process.stderr.close()
