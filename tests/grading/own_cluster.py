"""A Dask cluster on this machine, as an instructor starts one."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from distributed import LocalCluster


@contextlib.contextmanager
def own_cluster(workers: int = 2) -> Iterator[LocalCluster]:
    """Start it; it has a scheduler's address, and workers of one thread each."""
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield cluster
