# SPDX-License-Identifier: Apache-2.0
"""Trainings one after the other, each begun when it is asked for: what the first one shows can keep the rest from running.

Workers of one process carry a call out as it is submitted, so that ten calls would be over before the first is looked
at; several processes are given all calls at once, and leaving their block drops those not yet begun.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from goodfit.execution.jobs import Job, carry_out
from goodfit.execution.port import Executor
from goodfit.execution.store import StoredRun


def in_order(jobs: Sequence[Job], executor: Executor) -> Iterator["Future[StoredRun]"]:
    """The Future of every job, in their order; ask each for its result before taking the next."""
    ahead = 1 if executor.count == 1 else len(jobs)
    waiting, under_way = deque(jobs), deque[Future[StoredRun]]()
    while waiting or under_way:
        while waiting and len(under_way) < ahead:
            under_way.append(executor.submit(carry_out, waiting.popleft()))
        yield under_way.popleft()
