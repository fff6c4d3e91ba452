# SPDX-License-Identifier: Apache-2.0
"""Where a store lies: a folder of this machine or a shared one, or an address that fsspec knows.

    folder_at(".goodfit")             # a Path
    folder_at("s3://bucket/goodfit")  # a Remote: gs://, az://, sftp://, memory:// and what else is installed

Both are read and written by the same few methods, those of pathlib. An object appears whole or not at all, as a file
that is renamed does; what cannot be done there is appending, and moving a whole folder at once.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Protocol, Self

from goodfit.errors import GoodfitError, MissingExtraError, SettingsError


class Folder(Protocol):
    """What a store asks of the place where it lies; `pathlib.Path` has it all."""

    @property
    def name(self) -> str:
        """The last part."""
        ...

    @property
    def parent(self) -> Self:
        """All but the last part."""
        ...

    def __truediv__(self, other: str, /) -> Self:
        """What lies in it under a name."""
        ...

    def is_file(self) -> bool:
        """Whether there is a file."""
        ...

    def read_bytes(self) -> bytes:
        """All of a file; FileNotFoundError when there is none, OSError when it cannot be read."""
        ...

    def unlink(self, missing_ok: bool = ...) -> None:
        """Remove a file."""
        ...

    def glob(self, pattern: str, /) -> Iterator[Self]:
        """What lies in it and is named so."""
        ...


@dataclass(frozen=True, slots=True)
class Remote:
    """A place that fsspec reads and writes; errors of any backend are OSErrors.

    Raises:
        MissingExtraError: at the first use, when fsspec or the package for the address is not installed.
        SettingsError: at the first use, when nobody knows that kind of address.
    """

    url: str

    @property
    def name(self) -> str:
        """The last part."""
        return self.url.rpartition("/")[2]

    @property
    def parent(self) -> "Remote":
        """All but the last part."""
        return Remote(self.url.rpartition("/")[0])

    def __truediv__(self, other: str, /) -> "Remote":
        return Remote(f"{self.url}/{other}")

    def __str__(self) -> str:
        return self.url

    def is_file(self) -> bool:
        """Whether there is an object, as the backend sees it now."""
        with self._opened() as (system, path):
            system.invalidate_cache()
            return bool(system.isfile(path))

    def read_bytes(self) -> bytes:
        """All of an object."""
        with self._opened() as (system, path):
            return bytes(system.cat_file(path))

    def write_bytes(self, content: bytes) -> None:
        """Put an object there, whole."""
        with self._opened() as (system, path):
            system.makedirs(system._parent(path), exist_ok=True)  # noqa: SLF001 - the public way to name it would parse the address
            system.pipe_file(path, content)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove an object."""
        with self._opened() as (system, path):
            if not (missing_ok and not system.exists(path)):
                system.rm_file(path)

    def glob(self, pattern: str, /) -> Iterator["Remote"]:
        """What lies in it and is named so."""
        with self._opened() as (system, path):
            system.invalidate_cache()
            found = sorted(system.glob(f"{path}/{pattern}"))
            return iter([Remote(system.unstrip_protocol(each)) for each in found])

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        try:
            yield _system_of(self.url)
        except (OSError, GoodfitError):
            raise
        except Exception as error:  # each backend has errors of its own
            raise OSError(f"{type(error).__name__}: {error}") from error


def folder_at(store: "Path | str | Folder") -> "Folder":
    """The place that a user named.

    Raises:
        MissingExtraError: it is an address, and fsspec or the package for it is not installed.
        SettingsError: nobody knows that kind of address.
    """
    if not isinstance(store, str):
        return store
    protocol, mark, rest = store.partition("://")
    if not mark:
        return Path(store)
    if protocol == "file":
        return Path("/" + rest.lstrip("/"))
    remote = Remote(store.rstrip("/"))
    _system_of(remote.url)
    return remote


def write_whole(content: bytes, place: Folder) -> None:
    """Write a file whole or not at all; one that is there is replaced.

    Raises:
        OSError: it cannot be written; what was there still is.
    """
    if isinstance(place, Remote):
        place.write_bytes(content)
        return
    path = Path(str(place))
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(unfinished).replace(path)
    finally:
        with suppress(OSError):
            Path(unfinished).unlink(missing_ok=True)


def _system_of(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtraError(
            "a store at an address needs fsspec, which is not installed",
            where=url,
            todo="pip install 'goodfit[fsspec]', or name a folder",
        ) from error
    try:
        system, path = url_to_fs(url)
    except ImportError as error:  # fsspec names the package, such as s3fs
        raise MissingExtraError(
            f"this address cannot be opened: {error}", where=url, todo="install it"
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"no store can be at this address: {error}", where=url, todo="name a folder, or s3://, gs:// ..."
        ) from error
    return system, path
