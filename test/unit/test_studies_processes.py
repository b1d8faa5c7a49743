"""Processes of a study are stopped in order, and none is left behind."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

pytest.importorskip('domain_coordinator')

from vcp_cbf_safety.studies import processes
from vcp_cbf_safety.studies.processes import NodeProcesses, isolated_environment

MODULE = """
import signal, sys
if 'stubborn' in sys.argv:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGINT, lambda *_: sys.exit(3))
print('ready', flush=True)
if 'quick' not in sys.argv:
    signal.pause()
"""


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NodeProcesses]:
    (tmp_path / 'waiting_node.py').write_text(MODULE)
    monkeypatch.setattr(
        processes, '_PATIENCE', {signal.SIGINT: 1.0, signal.SIGTERM: 0.2, signal.SIGKILL: 5.0}
    )
    with NodeProcesses({'PYTHONPATH': str(tmp_path)}, tmp_path) as made:
        yield made


def start(nodes: NodeProcesses, name: str, *arguments: str) -> None:
    nodes.start(name, 'waiting_node', arguments)
    ends = monotonic() + 20.0
    while 'ready' not in nodes.output(name):
        assert monotonic() < ends
        sleep(0.01)


def test_one_that_obeys_is_interrupted_and_one_that_does_not_is_killed(
    nodes: NodeProcesses,
) -> None:
    start(nodes, 'obedient')
    start(nodes, 'stubborn', 'stubborn')
    assert nodes.pid('obedient') != nodes.pid('stubborn')
    assert nodes.stop() == {'obedient': 3, 'stubborn': -signal.SIGKILL}
    assert nodes.ended() == {}


def test_one_is_stopped_and_the_other_goes_on(nodes: NodeProcesses) -> None:
    start(nodes, 'first')
    start(nodes, 'second')
    assert nodes.stop('first') == {'first': 3}
    assert nodes.ended() == {}
    with pytest.raises(ValueError, match='second is already running'):
        nodes.start('second', 'waiting_node')


def test_one_that_ends_by_itself_is_noticed(nodes: NodeProcesses) -> None:
    start(nodes, 'quick', 'quick')
    assert nodes.wait('quick', 20.0) == 0
    assert nodes.ended() == {'quick': 0}
    nodes.signal('quick', signal.SIGINT)  # nobody is there any more
    start(nodes, 'slow')
    with pytest.raises(subprocess.TimeoutExpired):
        nodes.wait('slow', 0.01)


def test_every_environment_has_a_domain_of_its_own(tmp_path: Path) -> None:
    with (
        isolated_environment(tmp_path / 'a') as first,
        isolated_environment(tmp_path / 'b') as second,
    ):
        assert first['ROS_DOMAIN_ID'] != second['ROS_DOMAIN_ID']
        assert first['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'
        assert Path(first['FASTDDS_DEFAULT_PROFILES_FILE']).is_file()
        assert Path(first['ROS_HOME']).is_dir()
        assert (tmp_path / 'a').is_dir()
    assert not Path(first['ROS_HOME']).exists()
