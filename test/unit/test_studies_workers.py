"""Jobs in processes and on a dask cluster: the same results in the same order."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vcp_cbf_safety.studies import workers
from vcp_cbf_safety.studies.campaign.__main__ import main
from vcp_cbf_safety.studies.workers import WorkersError, results

PATIENCE = 60.0


class Cluster:
    """A dask scheduler as a process, and workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / 'scheduler.json'
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start('scheduler', '--port', '0', '--no-dashboard')
        deadline = time.monotonic() + PATIENCE
        while not self._file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    @property
    def address(self) -> str:
        return str(json.loads(self._file.read_text(encoding='utf-8'))['address'])

    def add_worker(self) -> subprocess.Popen[bytes]:
        return self._start('worker', '--no-nanny', '--nthreads', '1', '--no-dashboard')

    def _start(self, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        module = f'distributed.cli.dask_{kind}'
        command = [sys.executable, '-m', module, '--scheduler-file', str(self._file), *arguments]
        with (self._folder / f'{kind}{len(self.processes)}.log').open('wb') as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        self.processes.append(process)
        return process

    def wait_for_workers(self, number: int) -> None:
        from distributed import Client

        with Client(self.address) as client:
            client.wait_for_workers(number, timeout=PATIENCE)

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip('distributed', reason='the extra `cluster` is not installed')
    found = Cluster(tmp_path)
    try:
        yield found
    finally:
        found.close()


def campaign(folder: Path, *arguments: str) -> str:
    """What a campaign writes, without how long its steps took."""
    common = ['--episodes', '3', '--families', 'walls', '--out', str(folder)]
    assert main([*common, *arguments]) == 0
    text = (folder / 'campaign.json').read_text(encoding='utf-8')
    return text[text.index('"tallies"') :]


def test_figures_do_not_depend_on_who_works(cluster: Cluster, tmp_path: Path) -> None:
    alone = campaign(tmp_path / 'alone', '--processes', '1')
    assert campaign(tmp_path / 'two', '--processes', '2') == alone
    cluster.add_worker()
    cluster.add_worker()
    cluster.wait_for_workers(2)
    assert campaign(tmp_path / 'dask', '--scheduler', cluster.address) == alone


def test_what_a_killed_worker_was_at_is_done_by_another_one(
    cluster: Cluster, tmp_path: Path
) -> None:
    from distributed import Client

    alone = campaign(tmp_path / 'alone', '--processes', '2')
    doomed = cluster.add_worker()
    cluster.wait_for_workers(1)
    with ThreadPoolExecutor(1) as thread, Client(cluster.address) as client:
        (address,) = client.scheduler_info()['workers']
        played = thread.submit(campaign, tmp_path / 'dask', '--scheduler', cluster.address)
        while not played.done() and not client.processing()[address]:
            time.sleep(0.01)
        assert not played.done()
        doomed.kill()
        cluster.add_worker()
        assert played.result() == alone


def test_an_address_at_which_nobody_answers_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip('distributed', reason='the extra `cluster` is not installed')
    monkeypatch.setattr(workers, '_PATIENCE', 1)
    address = 'tcp://127.0.0.1:9'
    assert main(['--scheduler', address, '--out', str(tmp_path)]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f'campaign: --scheduler {address}: no dask scheduler answers')


def test_a_scheduler_without_workers_is_one_sentence(cluster: Cluster) -> None:
    with pytest.raises(WorkersError, match='it has no workers'):
        next(results(abs, range(1), None, cluster.address))


def die(number: int) -> None:
    os._exit(1)


def test_a_process_that_ends_in_its_job_is_one_sentence() -> None:
    with pytest.raises(WorkersError, match='a process ended in the middle of its job'):
        list(results(die, range(2), 1))
