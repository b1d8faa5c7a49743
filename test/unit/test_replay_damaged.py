"""Bags that are broken, cut off, compressed or empty: a sentence, or what is left of them."""

from contextlib import suppress

import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')

from replay_bench import command, odometry, record, summarized, write
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from vcp_cbf_safety.studies.replay.__main__ import main
from vcp_cbf_safety.studies.replay.bag import read_bag
from vcp_cbf_safety.studies.replay.opened import BagError


def said(capsys, bag):
    """The one sentence on a bag that is refused."""
    assert main([str(bag)]) == 2
    sentence = capsys.readouterr().err.strip().splitlines()[-1]
    assert 'Traceback' not in sentence
    return sentence


def cut(file, share):
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])


def test_what_is_no_bag_is_refused_in_a_sentence(tmp_path, capsys):
    assert 'does not exist' in said(capsys, tmp_path / 'none')
    (tmp_path / 'text.mcap').write_text('no bag')
    assert 'text.mcap is no bag that can be read: ' in said(capsys, tmp_path / 'text.mcap')
    (tmp_path / 'text.db3').write_text('no bag')
    assert 'text.db3 is no bag that can be read: ' in said(capsys, tmp_path / 'text.db3')
    (tmp_path / 'zero.mcap').touch()
    assert 'zero.mcap is no bag that can be read: ' in said(capsys, tmp_path / 'zero.mcap')
    (tmp_path / 'folder').mkdir()
    assert 'folder without .mcap or .db3 files' in said(capsys, tmp_path / 'folder')


def test_a_bag_without_messages_is_said_to_be_empty(tmp_path, capsys):
    topics = {'/odom': 'nav_msgs/msg/Odometry', '/cmd_vel': 'geometry_msgs/msg/Twist'}
    for plugin in (StoragePlugin.MCAP, StoragePlugin.SQLITE3):
        bag = record(tmp_path / plugin.name, topics, [], plugin)
        assert f'{bag} is empty: it has no messages' in said(capsys, bag)


def test_a_bag_whose_command_never_came_is_refused(tmp_path, capsys):
    topics = {'/odom': 'nav_msgs/msg/Odometry', '/cmd_vel': 'geometry_msgs/msg/Twist'}
    messages = [('/odom', 10.0 + 0.1 * k, odometry(10.0 + 0.1 * k, 0.0, 0.0)) for k in range(9)]
    bag = record(tmp_path / 'bag', topics, messages)
    assert 'has no nominal commands that could be read' in said(capsys, bag)


def test_a_command_that_is_long_past_is_none(tmp_path, capsys):
    topics = {'/odom': 'nav_msgs/msg/Odometry', '/cmd_vel': 'geometry_msgs/msg/Twist'}
    messages = [('/cmd_vel', 1.0, command(0.1))]
    messages += [('/odom', 10.0 + 0.1 * k, odometry(10.0 + 0.1 * k, 0.0, 0.0)) for k in range(9)]
    bag = record(tmp_path / 'bag', topics, messages)
    assert 'no cycle had both odometry and a nominal command' in said(capsys, bag)


@pytest.mark.parametrize('share', [0.4, 0.9])
@pytest.mark.parametrize('compression', [None, CompressionMode.STORAGE])
def test_of_an_mcap_that_is_cut_off_the_rest_is_read(tmp_path, share, compression):
    folder = write(tmp_path / 'bag', until=40.0, compression=compression)
    whole = len(read_bag(folder).odometry)
    (file,) = folder.glob('*.mcap')
    cut(file, share)
    # A recorder that is killed writes no metadata either.
    (folder / 'metadata.yaml').unlink()
    for path in (folder, file):
        found = read_bag(path)
        assert 0.1 * whole < len(found.odometry) <= whole
        assert f'{file.name} is cut off, and read up to there' in found.notes


def test_a_cut_off_mcap_without_anything_whole_is_refused(tmp_path, capsys):
    folder = write(tmp_path / 'bag')
    (file,) = folder.glob('*.mcap')
    cut(file, 0.01)
    assert 'bag' in said(capsys, folder)


def test_a_bag_with_broken_bytes_is_read_up_to_there_or_refused(tmp_path):
    folder = write(tmp_path / 'bag', until=40.0, plugin=StoragePlugin.SQLITE3)
    (file,) = folder.glob('*.db3')
    raw = bytearray(file.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 20_000] = b'\xff' * 20_000
    file.write_bytes(raw)
    with suppress(BagError):
        assert any('damaged' in note for note in read_bag(folder).notes)


@pytest.mark.parametrize('mode', [CompressionMode.FILE, CompressionMode.MESSAGE])
def test_compressed_files_and_messages_are_read(tmp_path, mode):
    bag = write(tmp_path / 'bag', plugin=StoragePlugin.SQLITE3, compression=mode)
    assert len(read_bag(bag).odometry) == 90


def test_chunks_of_an_mcap_may_be_compressed(tmp_path):
    bag = write(tmp_path / 'bag', compression=CompressionMode.STORAGE, stop_at=0.6)
    assert summarized(bag)['untouched'] == 1.0


def test_one_broken_message_is_named_and_left_out(tmp_path):
    topics = {'/odom': 'nav_msgs/msg/Odometry', '/cmd_vel': 'geometry_msgs/msg/Twist'}
    messages = []
    for k in range(20):
        time = 10.0 + 0.05 * k
        state = odometry(time, 0.0, 0.0)
        if k == 3:
            state.pose.pose.position.x = float('nan')
        messages += [('/odom', time, state), ('/cmd_vel', time, command(0.1))]
    found = read_bag(record(tmp_path / 'bag', topics, messages))
    assert len(found.odometry) == 19
    assert '/odom has x nan; it must be finite; it is left out' in found.notes
