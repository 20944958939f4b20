"""One function over many jobs in worker processes, by Dask.

Every job ends, in what the function returned or in a `Failure`: a job that raises, that kills
its worker or that never returns costs no other job anything.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import signal
import tempfile
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, TypeVar

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, as_completed

AHEAD: Final = 2
"""Jobs given out for each worker: one that runs and one that waits beside it."""

SETTINGS: Final = {
    "distributed.scheduler.allowed-failures": 0,  # a job whose worker died comes back to us
    "distributed.scheduler.no-workers-timeout": "2 minutes",
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.preload": ["coursework.cluster"],  # for its `dask_setup`
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.pause": False,  # a worker that is too large is replaced
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
}
LONGEST_CAUSE: Final = 4000

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job has no result: a sentence, or a traceback."""

    cause: str

    @property
    def reason(self) -> str:
        """The last line, which says what happened."""
        return self.cause.strip().rpartition("\n")[2]


DIED: Final = Failure("its worker process died, or ran into the deadline, also when it was alone")


def here(jobs: Iterable[J], function: Callable[[J], R]) -> Generator[tuple[J, R | Failure]]:
    """Every job with its result, one after the other in this process."""
    for job in jobs:
        yield job, attempt(function, job)


def spread(
    jobs: Iterable[J],
    function: Callable[[J], R],
    *,
    workers: int | None = None,
    scheduler: str = "",
    deadline_s: float,
) -> Generator[tuple[J, R | Failure]]:
    """Every job with its result, as they come, from worker processes.

    The workers are `workers` processes on this machine (one for each processor unless given), or
    those of the Dask scheduler at the address `scheduler`.  They import `function` by its name.
    Jobs are drawn from `jobs` as workers become free.  When a worker dies, the jobs that were with
    it run again at the end, each alone, so that the one that is to blame is the only one to fail.
    Raises: what Dask raises if no worker can work at all.
    """
    jobs = iter(jobs)
    first = next(jobs, None)
    if first is not None:  # without a job, no worker is started
        with _client(workers, scheduler) as client:
            yield from _run(client, chain([first], jobs), function, deadline_s)


def attempt(function: Callable[[J], R], job: J) -> R | Failure:
    """What the function returns, or the traceback of what it raises."""
    try:
        return function(job)
    except (Exception, SystemExit):
        return Failure(traceback.format_exc()[-LONGEST_CAUSE:])


def attempt_in_time(function: Callable[[J], R], job: J, deadline_s: float) -> R | Failure:
    """The same, and the process ends if it takes too long, whatever it is stuck in."""
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(deadline_s, exit=True, file=nowhere)
        try:
            return attempt(function, job)
        finally:
            faulthandler.cancel_dump_traceback_later()


def dask_setup(_worker: object) -> None:
    """Let a worker pass over Ctrl-C, which a terminal sends to all: its end is not its own."""
    signal.signal(signal.SIGINT, lambda *_: None)


@contextlib.contextmanager
def _client(workers: int | None, scheduler: str) -> Iterator[Client]:
    """A connection to the workers.  Local ones listen on the loopback alone, and under TLS."""
    if scheduler:
        try:
            client = Client(scheduler)
        except (OSError, TypeError, ValueError) as error:
            raise OSError(f"no Dask scheduler answers at {scheduler!r}: {error}") from error
        with client:
            client.wait_for_workers(1)
            yield client
        return
    with (
        tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as scratch,
        dask.config.set(SETTINGS),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            security=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            local_directory=scratch,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _run(
    client: Client, jobs: Iterator[J], function: Callable[[J], R], deadline_s: float
) -> Generator[tuple[J, R | Failure]]:
    running: dict[Future[Any], J] = {}
    bereft: list[J] = []
    completed = as_completed(loop=client.loop)

    def submit(job: J) -> None:
        future = client.submit(attempt_in_time, function, job, deadline_s, pure=False)
        running[future] = job
        completed.add(future)

    for job in islice(jobs, AHEAD * sum(client.nthreads().values())):
        submit(job)
    for future in completed:
        job, outcome = running.pop(future), _outcome(future)
        for following in islice(jobs, 1):
            submit(following)
        if outcome is DIED:
            bereft.append(job)
        else:
            yield job, outcome
    for job in bereft:
        submit(job)
        (future,) = completed
        yield running.pop(future), _outcome(future)


def _outcome(future: Future[Any]) -> Any:
    """What a job returned, or `DIED`; the future is let go, or a dying worker would redo it.

    Raises: any other error of a future, which is none of the job's own.
    """
    try:
        return future.result()
    except KilledWorker:
        return DIED
    finally:
        future.release()
