# SPDX-License-Identifier: Apache-2.0
"""An SQLite database of somebody else, read without touching it: no lock file, no journal, no change.

    rollback journal             opened with mode=ro; a writer's lock is waited for
    write-ahead log, at rest     opened with immutable=1, which makes no file beside it
    write-ahead log, in use      copied with its log to a temporary folder, and read there

Only plain tables are read, under limits: a view or a damaged page of a stranger's file may never end.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from goodfit.errors import FormatError, ReadError
from goodfit.readers._log import Log
from goodfit.readers._sniff import Shape

PATIENCE = 3.0  # seconds that a lock is waited for
_LIMIT = 60.0  # seconds for all queries; the largest real log takes a few
_STEPS = 100_000  # instructions of SQLite between two looks at the clock
_LONGEST = 2**24  # bytes of one value
_WRITE_AHEAD = b"\2\2"  # bytes 18 and 19 of such a database
_AT = slice(18, 20)
_COPIES = 5  # tries to copy a database between two writes
_BESIDE = ("-wal", "-journal")  # what a database consists of beside its file; the rest can be made again


@contextmanager
def database(log: Log) -> Iterator[sqlite3.Connection]:
    """Open the database of a log for reading.

    Raises:
        ReadError: it is locked by another program for longer than a few seconds.
        FormatError: it is none, or it is damaged.
    """
    if log.shape is not Shape.SQLITE:
        raise FormatError("this is not an SQLite database", where=log.source)
    try:
        with _opened(log) as connection:
            connection.text_factory = _text
            _bound(connection)
            yield connection
    except sqlite3.Error as error:
        raise _refused(error, log.source) from None
    except UnicodeDecodeError:  # raised in place of an error whose message quotes a damaged schema
        raise _refused(sqlite3.DatabaseError("its schema is no text"), log.source) from None


def columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """The columns of a plain table; none when there is no such table."""
    plain = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ?"
    if connection.execute(plain, (table,)).fetchone() is None:
        return frozenset()
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return frozenset(str(name) for (name,) in rows)


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _bound(connection: sqlite3.Connection) -> None:
    end = time.monotonic() + _LIMIT
    connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")


@contextmanager
def _opened(log: Log) -> Iterator[sqlite3.Connection]:
    path = log.path
    if path is None:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(
                log.raw[:18] + b"\1\1" + log.raw[20:]
            )  # in memory there is no write-ahead log
            yield connection
        return
    in_use = any(_beside(path, end).exists() for end in ("-wal", "-shm"))
    writes_ahead = log.raw[_AT] == _WRITE_AHEAD
    if not (writes_ahead and in_use):
        options = "mode=ro&immutable=1" if writes_ahead else "mode=ro"
        with closing(_connect(path, options)) as connection:
            if _answers(connection):
                yield connection
                return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="goodfit-") as folder:
        copy = _copied(path, Path(folder), log.source)
        with closing(_connect(copy, "mode=rw")) as connection:
            yield connection


def _connect(path: Path, options: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True, timeout=PATIENCE)


def _answers(connection: sqlite3.Connection) -> bool:
    """Whether it can be read as it lies; not so where a writer died and its journal must be played back."""
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        if (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return False
        raise
    return True


def _copied(path: Path, folder: Path, source: str) -> Path:
    """Copy a database between two writes."""
    import shutil  # loads every packer of archives; few databases are copied

    copy = folder / "copy.db"
    for _ in range(_COPIES):
        before = _state(path)
        try:
            for end in ("", *_BESIDE):
                _beside(copy, end).unlink(missing_ok=True)
                if _beside(path, end).exists():
                    shutil.copyfile(_beside(path, end), _beside(copy, end))
        except OSError as error:
            raise ReadError(f"the file cannot be read: {error.strerror}", where=source) from None
        if _state(path) == before:
            return copy
        time.sleep(PATIENCE / _COPIES / 2)
    raise _locked(source)


def _state(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Sizes and times of the files that make a database."""
    found: list[tuple[int, int] | None] = []
    for end in ("", *_BESIDE):
        try:
            status = _beside(path, end).stat()
        except OSError:
            found.append(None)
            continue
        found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _locked(source: str) -> ReadError:
    return ReadError(
        "another program is writing to this database and keeps it locked",
        where=source,
        todo="try again when it has finished, or give a copy of the file",
    )


def _refused(error: sqlite3.Error, source: str) -> ReadError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _locked(source)
    if code == sqlite3.SQLITE_INTERRUPT:
        return ReadError(
            f"reading this database takes more than {_LIMIT:.0f} seconds, which no training log does",
            where=source,
            todo="give the database as the tracker wrote it",
        )
    return FormatError(
        f"this SQLite database cannot be read: {error}",
        where=source,
        todo="was it cut off or changed while copied?",
    )
