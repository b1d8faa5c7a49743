"""Bags with the filter in their shadow: what is read, what is guessed, and what it would do."""

import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')

from replay_bench import run, summarized, write
from rosbags.rosbag2 import StoragePlugin

from vcp_cbf_safety.sensing.laser_scan import Mount
from vcp_cbf_safety.studies.replay.__main__ import main
from vcp_cbf_safety.studies.replay.bag import read_bag


@pytest.mark.parametrize('plugin', [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_all_of_it_is_read_and_what_was_guessed_is_said(tmp_path, plugin):
    found = read_bag(write(tmp_path / 'bag', plugin=plugin))
    assert (len(found.odometry), len(found.nominal), len(found.others['/scan'])) == (90, 90, 45)
    assert found.mounts == {'/scan': Mount(0.1, 0.0, 0.0)}
    assert found.notes == [
        'odometry is taken from /odom', 'nominal command is taken from /cmd_vel',
    ]  # fmt: skip
    assert found.odometry[20].value.x == pytest.approx(0.6)


def test_a_robot_that_stops_far_away_is_not_touched(tmp_path):
    code, report = run(tmp_path, write(tmp_path / 'bag', stop_at=0.6))
    assert (code, report['untouched'], report['interventions']) == (0, 1.0, [])
    assert (tmp_path / 'out' / 'replay.png').stat().st_size > 10_000


def test_before_a_post_the_filter_would_have_acted_because_of_a_beam(tmp_path, capsys):
    _, report = run(tmp_path, write(tmp_path / 'bag', until=4.2))
    assert report['untouched'] < 0.9
    first = report['interventions'][0]
    assert first['binding'].startswith('/scan[')
    # It would not have waited until it was too late, nor acted from the beginning.
    assert 1.0 < first['begin_s'] < 3.9
    assert '/scan[' in capsys.readouterr().out


def test_less_margin_is_less_intervention(tmp_path):
    bag = write(tmp_path / 'bag', until=4.2)
    wide, narrow = (summarized(bag, f'margin={margin}')['untouched'] for margin in (0.4, 0.0))
    assert wide < narrow


@pytest.mark.parametrize(
    ('leave_out', 'arguments', 'words'),
    [
        (('/odom',), (), 'has no topic of type nav_msgs/msg/Odometry for the odometry'),
        (('/cmd_vel',), (), 'has no topic of type geometry_msgs/msg/Twist or'),
        ((), ('--odom', '/nothing'), 'has no topic /nothing; it has /cmd_vel, /odom, /scan'),
        ((), ('--scan', '/odom'), 'has the type nav_msgs/msg/Odometry; scans must be sensor_msgs'),
        ((), ('--odom', '/scan'), 'odometry must be nav_msgs/msg/Odometry'),
        ((), ('--set', 'arena=[1.0]'), 'arena is [1.0]; it must be four numbers'),
        ((), ('--set', 'margins=1'), "there is no parameter 'margins'"),
        ((), ('--set', 'margin=wide'), "'wide' is not a number"),
        ((), ('--set', 'margin=-1'), 'margin is -1.0 m; it must be between'),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, capsys, leave_out, arguments, words):
    bag = write(tmp_path / 'bag', leave_out=leave_out)
    assert main([str(bag), *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count('\n') == 1
