"""Independent jobs, on the cores of this computer or on a dask cluster."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.studies.extras import require

Argument = TypeVar('Argument')
Result = TypeVar('Result')

# A scheduler that has not answered after this long is not there [s].
_PATIENCE = 10


class WorkersError(VcpCbfError):
    """Jobs cannot be run, or their workers are gone; the message says which."""


def results(
    job: Callable[[Argument], Result],
    arguments: Iterable[Argument],
    processes: int | None,
    scheduler: str | None = None,
) -> Iterator[Result]:
    """Results of a job for many arguments, in the order of the arguments.

    So they do not depend on how many workers there are. A job of a dask worker that ends is run
    again by another one.

    Args:
        job: a function of a module, or a `functools.partial` of one.
        arguments: of each job.
        processes: how many on this computer; None for one per core.
        scheduler: address of a dask scheduler, as `tcp://host:8786`; its workers have the same
            version of this package. None for processes on this computer.

    Raises:
        WorkersError: if no scheduler answers, it has no workers, they have another version, or
            processes ended in the middle of their jobs.
        MissingPackageError: if `distributed` is needed and not installed.
    """
    workers = _local(processes) if scheduler is None else _cluster(scheduler)
    with workers as executor:
        yield from executor.map(job, arguments)


@contextmanager
def _local(processes: int | None) -> Iterator[Executor]:
    try:
        with ProcessPoolExecutor(processes) as executor:
            yield executor
    except BrokenProcessPool:
        raise WorkersError(
            'a process ended in the middle of its job (killed, or out of memory); try again '
            'with fewer --processes'
        ) from None


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    require('distributed')
    import distributed

    try:
        client = distributed.Client(address, timeout=_PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise WorkersError(f'--scheduler {address}: no dask scheduler answers ({error})') from None
    with client:
        _check(client, address)
        try:
            yield client.get_executor(pure=False)
        except distributed.KilledWorker as error:
            raise WorkersError(
                f'--scheduler {address}: every worker that ran {error.task} ended'
            ) from None


def _check(client: Any, address: str) -> None:
    """Raise WorkersError unless there are workers, all with this version of the package."""
    versions = client.run(_version)
    if not versions:
        raise WorkersError(
            f'--scheduler {address}: it has no workers; start `dask worker {address}`'
        )
    others = {worker: found for worker, found in versions.items() if found != _version()}
    if others:
        worker, found = next(iter(others.items()))
        raise WorkersError(
            f'--scheduler {address}: worker {worker} has vcp_cbf_safety {found}, '
            f'here it is {_version()}'
        )


def _version() -> str:
    from vcp_cbf_safety import __version__

    return __version__
