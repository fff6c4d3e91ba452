# SPDX-License-Identifier: Apache-2.0
"""`submit(fn, *args) -> Future` by Ray's core: processes of this machine or of a cluster, one processor each.

    with RayWorkers(reference="my_task.py:task", address="ray://head:10001") as workers: ...

Only here is ray imported; it is an extra of its own. Ray moves the user's code (`shipping`), and starts processes anew
when they die; trainings are not repeated by it, since a plan does that itself.
"""

import socket
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from goodfit.errors import MissingExtraError, SettingsError, TaskError
from goodfit.execution.calls import packed
from goodfit.execution.handing_on import worker_died
from goodfit.execution.local import processors
from goodfit.execution.ray_process import carry_out
from goodfit.execution.shipping import folder_to_ship, leaving, staged

PATIENCE = 10.0  # seconds; a head node on the other side of the world answers within one

P = ParamSpec("P")
T = TypeVar("T")


class RayWorkers:
    """Carries calls out in processes of Ray's.

    Args:
        count: calls side by side; None: as many as there are processors, here or in the cluster.
        shared: an object that many calls refer to, such as a Task with its data: it is sent to each process once.
        address: of a cluster; None: Ray is started on this machine, and ended with the block. When the program has
            connected to Ray already, that connection is used and left, with the code that it has shipped.
        reference: how the task is named, so that its code is shipped.
        environment: more for Ray's runtime environment, such as {"pip": [...]}.

    Raises:
        MissingExtraError: ray is not installed.
        SettingsError: fewer than one worker, or no cluster answers at the address.
    """

    def __init__(
        self,
        count: int | None = None,
        *,
        shared: object | None = None,
        address: str | None = None,
        reference: str | None = None,
        environment: dict[str, Any] | None = None,
    ) -> None:
        if count is not None and count < 1:
            raise SettingsError(
                f"{count} workers were asked for", where="--workers", todo="ask for 1 or more"
            )
        self._ray = _imported_ray()
        self._ours = not self._ray.is_initialized()
        self._stage = TemporaryDirectory(prefix="goodfit-")
        folder = (
            folder_to_ship(reference) if self._ours else None
        )  # Ray ships at the start of a connection alone
        self._folder = None if folder is None else str(folder)
        settings: dict[str, Any] = {"env_vars": {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}}
        if folder is not None:
            settings["working_dir"] = str(staged(folder, Path(self._stage.name)))
        settings |= environment or {}
        if self._ours:
            try:
                _connect(self._ray, address, count, settings)
            except SettingsError:
                self._stage.cleanup()
                raise
        found = self._ray.cluster_resources()
        self.count = count or max(1, int(found.get("CPU", 1)))
        self._call = self._ray.remote(carry_out).options(
            num_cpus=1,
            num_gpus=min(1.0, found.get("GPU", 0.0) / self.count),  # without a share Ray hides the GPUs
            max_retries=0,
            runtime_env=None if self._ours else settings,
        )
        self._pickler = self._ray.cloudpickle.Pickler
        self._shared = shared
        self._sent_once = self._ray.put(packed(shared, pickler=self._pickler))
        self._under_way: dict[Future[Any], Any] = {}

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin `fn(*args, **kwargs)`; its result or error comes with the Future.

        Raises:
            TaskError: the call cannot be sent to another process.
        """
        call = (fn, tuple(map(leaving, args)), {name: leaving(each) for name, each in kwargs.items()})
        sent = self._call.remote(
            packed(call, self._shared, pickler=self._pickler),
            [self._sent_once],
            str(Path.cwd()),
            self._folder,
        )
        ours: Future[T] = Future()
        self._under_way[ours] = sent
        sent.future().add_done_callback(lambda done: self._hand_on(done, ours))
        return ours

    def warm_up(self) -> None:
        """Start the processes now, so that their imports overlap with other work."""
        for _ in range(self.count):
            self.submit(processors)

    def halt(self) -> None:
        """End the calls under way at once; what their trainings had written down is gone on with."""
        for sent in list(self._under_way.values()):
            with suppress(Exception):  # it has ended since
                self._ray.cancel(sent, force=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.halt()
        if self._ours:
            self._ray.shutdown()
        self._stage.cleanup()

    def _hand_on(self, done: "Future[tuple[bool, Any]]", ours: "Future[Any]") -> None:
        self._under_way.pop(ours, None)
        if ours.cancelled():
            return
        error = done.exception()
        if error is None:
            well, given = done.result()
            ours.set_result(given) if well else ours.set_exception(given)
        elif isinstance(error, self._ray.exceptions.RayTaskError):  # before or after our own code ran there
            ours.set_exception(_not_loaded(error))
        else:
            ours.set_exception(worker_died(error))


def _imported_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError(
            "ray is needed for --engine ray, and is not installed", todo="pip install 'goodfit[ray]'"
        ) from error
    return ray


def _connect(ray: Any, address: str | None, count: int | None, environment: dict[str, Any]) -> None:
    """Start Ray here, or connect to a cluster."""
    options: dict[str, Any] = {"runtime_env": environment, "log_to_driver": False, "logging_level": "ERROR"}
    if address is None:
        options |= {"address": "local", "num_cpus": count or processors(), "include_dashboard": False}
    else:
        options["address"] = address
    try:
        _knock(address)
        ray.init(**options)
    except Exception as error:  # OSError, ConnectionError, RuntimeError, ValueError and grpc's own
        raise SettingsError(
            f"Ray cannot be reached: {str(error).partition(chr(10))[0] or type(error).__name__}",
            where=address or "on this machine",
            todo="check --address (ray status shows the cluster's), or take --engine local",
        ) from error


def _knock(address: str | None) -> None:
    """See whether anybody listens at host:port; Ray itself would try for minutes."""
    host, _, port = (address or "").rpartition("://")[2].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()


def _not_loaded(error: BaseException) -> TaskError:
    last = str(error).strip().rpartition("\n")[2]
    return TaskError(
        f"a process of Ray's cannot carry the call out: {last}",
        todo="install goodfit and what the task imports on every machine of the cluster, in the same versions",
    )
