# SPDX-License-Identifier: Apache-2.0
"""The live page's server: who is let in, what may be asked for, and how it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goodfit._cli import run
from goodfit.web import Access
from goodfit.web.serving import listening
from web_server import HEAD, Served, append, lines, served, started

pytest.importorskip("uvicorn", reason="the live page needs goodfit[web]")
pytest.importorskip("sse_starlette", reason="the live page needs goodfit[web]")


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Served]:
    """A page over one run that overfits."""
    append(tmp_path / "a.csv", HEAD + lines(0, 30))
    with served(tmp_path) as here:
        yield here


def first(page: Served) -> dict[str, Any]:
    """The first news that hold a run."""
    return next(data for event, data in page.news() if event == "news" and data["runs"])


def test_the_stream_tells_all_and_then_what_changes(page: Served, tmp_path: Path) -> None:
    """The first news are the whole; a line written is told, with the run that changed alone, within two seconds."""
    append(tmp_path / "b.csv", HEAD + lines(0, 12))
    waited = []
    stream = page.news()
    whole = next(
        data for _, data in stream if len(data.get("runs", ())) == 2 or len(data.get("keys", ())) == 2
    )
    key = next(key for key in whole["keys"] if json.loads(page.get(f"/runs/{key}")[2])["name"] == "b.csv")
    for epoch in range(12, 15):
        append(tmp_path / "b.csv", lines(epoch, epoch + 1))
        at = time.monotonic()
        news = next(
            data for event, data in stream if event == "news" and f"epoch {epoch}" in str(data["runs"])
        )
        waited.append(time.monotonic() - at)
        assert list(news["runs"]) == [key]
    stream.close()  # type: ignore[attr-defined]
    assert min(waited) < 2  # the least, because the machine may be busy; the bench tells the median


def test_what_a_run_shows(page: Served) -> None:
    """Its verdict, chart and advice as JSON, and the whole report as a page that may ask for nothing."""
    (key,) = first(page)["runs"]
    status, headers, text = page.get(f"/runs/{key}")
    found = json.loads(text, parse_constant=pytest.fail)
    assert status == 200
    assert found["head"]["text"].startswith("Overfitting since epoch")
    assert found["figures"][0]["series"][0]["x"][-1] == 29
    assert found["advice"]
    assert found["rejected"]
    status, headers, text = page.get(f"/runs/{key}/report")
    assert status == 200
    assert "Overfitting since epoch" in text
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in headers["Content-Security-Policy"]


def test_no_address_is_a_path(page: Served) -> None:
    """Only keys of runs that are shown and names of parts are found; nothing of the disk, however it is spelled."""
    append(page.follower.root.parent / "secret.csv", "secret")
    asked = (
        "/parts/../secret.csv",
        "/parts/..%2f..%2fserving.py",
        "/parts/watch.js%00.css",
        "/runs/..%2fsecret.csv",
        "/runs/../secret.csv/report",
        "/runs/a.csv/report",
        "//etc/passwd",
        "/etc/passwd",
        "/" + "x" * 5000,
    )
    for path in asked:
        status, _, text = page.get(path)
        assert status == 404, path
        assert "secret" not in text.replace(path, "")


def test_every_answer_is_strict(page: Served) -> None:
    """No answer may be framed, sniffed, cached or let load anything from elsewhere, errors included."""
    for path in ("/", "/parts/watch.js", "/nothing"):
        _, headers, _ = page.get(path)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
    assert page.get("/", method="POST")[0] == 405


def test_every_part_is_there_and_nothing_comes_from_elsewhere(page: Served) -> None:
    """The page names its parts, each is served, and no address of another host stands in them."""
    _, _, text = page.get("/")
    named = re.findall(r'(?:src|href)="(parts/[^"]+)"', text)
    assert len(named) == 6
    for name in (*named, *(f"parts/{each}.js" for each in ("write", "list", "run", "compare", "figure"))):
        status, headers, body = page.get(f"/{name}")
        assert status == 200
        assert headers.get_content_type() == ("text/css" if name.endswith("css") else "text/javascript")
        assert set(re.findall(r"https?://[^\s\"'<)]+", body)) <= {
            "https://github.com/leeoniya/uPlot",
            "http://www.w3.org/2000/svg",  # a name, not an address
        }


def test_another_name_is_refused(page: Served) -> None:
    """A name that somebody pointed at this machine does not open the page; this machine's own names do."""
    for host, status in (
        ("evil.example", 421),
        ("127.0.0.1.evil.example:80", 421),
        ("[", 421),
        ("localhost:1", 200),
    ):
        assert page.get("/", Host=host)[0] == status
    assert page.get("/", Host="[::1]:8642")[0] == 200


def test_from_elsewhere_a_token_is_needed(tmp_path: Path) -> None:
    """Without the right token nothing is answered; with it, the address loses it and a cookie that no script reads holds it."""
    access = Access.to("0.0.0.0")  # noqa: S104 - nothing listens there
    assert len(access.token) >= 32
    assert access.token not in repr(access)
    append(tmp_path / "a.csv", HEAD + lines(0, 5))
    with served(tmp_path, access) as page:
        for path in (
            "/",
            "/news",
            "/parts/watch.js",
            "/?token=",
            "/?token=wrong",
            "/?token=%ff",
            f"/?tok={access.token}",
        ):
            status, _, text = page.get(path)
            assert (status, access.token in text) == (403, False), path
        assert page.get("/", Cookie="goodfit=x; ;=;")[0] == 403
        assert page.get("/", Cookie=f"goodfit_{page.port}=wrong")[0] == 403
        status, headers, _ = page.get(f"/?token={access.token}")
        assert (status, headers["Location"]) == (303, "/")
        cookie = headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
        assert page.get("/", Cookie=cookie.partition(";")[0])[0] == 200


def test_loopback_needs_no_token() -> None:
    """This machine's own addresses are known by what they are; every other gets a token, each time another."""
    assert not any(Access.to(host).token for host in ("127.0.0.1", "127.0.0.9", "::1", "localhost"))
    assert all(Access.to(host).token for host in ("0.0.0.0", "::", "192.168.1.2", "example.org"))  # noqa: S104
    assert Access.to("::").token != Access.to("::").token


def test_a_taken_port_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who listens already, a name that is none, and a port that is none are named, with exit code 2."""
    with listening("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        assert run(["watch", str(tmp_path), "--port", port]) == 2
    assert "--port 0" in capsys.readouterr().err
    assert run(["watch", str(tmp_path), "--port", "70000"]) == 2
    assert run(["watch", str(tmp_path), "--host", "no such host"]) == 2
    assert run(["watch", str(tmp_path / "none")]) == 2
    assert "there is no such file or folder" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["uvicorn", "starlette", "sse_starlette"])
def test_a_missing_package_is_named_with_its_extra(
    missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without what serves a page the error names the extra, and the way without it."""
    for name in [each for each in sys.modules if each.startswith(("goodfit.web.application", missing))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    assert run(["watch", str(tmp_path), "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert "goodfit[web]" in said
    assert "--tui" in said


@pytest.mark.slow
def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    """With a page open it ends at once, with 130, without a traceback, and the port is free again."""
    append(tmp_path / "a.csv", HEAD + lines(0, 5))
    process, address = started(tmp_path)
    port = int(address.rstrip("/").rpartition(":")[2])
    reader = socket.create_connection(("127.0.0.1", port))
    reader.sendall(b"GET /news HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"200" in reader.recv(100)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in said) == (130, False)
    reader.close()
    listening("127.0.0.1", port).close()


@pytest.mark.skipif(os.name != "posix", reason="a terminal of the machine's own is needed")
def test_the_page_loads_no_torch(tmp_path: Path) -> None:
    """Following logs needs no framework, and no server package before one serves."""
    program = (
        "import sys; from pathlib import Path; from goodfit.web import Follower; Follower(Path(sys.argv[1])).look();"
        "print([name for name in ('torch', 'starlette', 'uvicorn', 'sse_starlette', 'matplotlib', 'pandas') if name in sys.modules])"
    )
    append(tmp_path / "a.csv", HEAD + lines(0, 5))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stdout.strip() == "[]"
