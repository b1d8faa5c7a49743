"""The file that remembers an emergency stop: whose it is, what is in it, and that it may fail."""

import pytest

from vcp_cbf_safety.ros.stop_memory import StopMemory, stop_file


class Disk:
    """A memory in a folder of its own, and what it has warned of."""

    def __init__(self, folder):
        self.path = folder / 'ros_home' / 'vcp_cbf_safety' / 'stop'
        self.warnings = []
        self.memory = self.restarted()

    def restarted(self):
        """The memory of a filter that is started now."""
        return StopMemory(self.path, self.warnings.append)


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


def test_it_is_in_ros_home(monkeypatch, tmp_path):
    monkeypatch.setenv('ROS_HOME', str(tmp_path))
    path = tmp_path / 'vcp_cbf_safety' / 'emergency_stop.7.robot1.safety_filter'
    assert stop_file(7, '/robot1/safety_filter') == path


@pytest.mark.parametrize('ros_home', [None, ''])
def test_it_is_in_the_home_folder_where_there_is_no_ros_home(monkeypatch, tmp_path, ros_home):
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.delenv('ROS_HOME', raising=False)
    if ros_home is not None:
        monkeypatch.setenv('ROS_HOME', ros_home)
    path = tmp_path / '.ros' / 'vcp_cbf_safety' / 'emergency_stop.0.safety_filter'
    assert stop_file(0, '/safety_filter') == path


def test_two_robots_do_not_share_a_file():
    robots = [(0, '/a/b'), (0, '/a_b'), (0, '/b/a'), (1, '/a/b'), (10, '/a/b')]
    assert len({stop_file(*robot) for robot in robots}) == len(robots)


def test_without_a_stop_there_is_nothing_to_recall(disk):
    assert disk.memory.recall() == ''


def test_a_stop_is_recalled_after_a_restart_with_who_asked_for_it(disk):
    disk.memory.keep('~/emergency_stop')
    assert disk.restarted().recall() == '~/emergency_stop, from before this start'


def test_a_stop_is_still_recalled_after_a_second_restart_in_the_same_words(disk):
    disk.memory.keep('/button')
    disk.restarted().recall()
    assert disk.restarted().recall() == '/button, from before this start'


def test_a_release_leaves_nothing_to_recall_and_no_file(disk):
    disk.memory.keep('/button')
    disk.memory.forget()
    assert disk.restarted().recall() == ''
    assert list(disk.path.parent.iterdir()) == []


def test_a_release_without_a_stop_does_nothing(disk):
    disk.memory.forget()
    assert disk.memory.faults == ()


def test_a_file_that_was_left_half_written_is_no_stop_and_in_nobodys_way(disk):
    disk.path.parent.mkdir(parents=True)
    disk.path.with_name('stop.new').write_text('/but')
    assert disk.memory.recall() == ''
    disk.memory.keep('/button')
    assert '/button' in disk.restarted().recall()


@pytest.mark.parametrize(
    ('content', 'why'), [(b'', 'it is empty'), (b'\xff\xfe', 'it is not text')]
)
def test_a_file_that_says_nothing_counts_as_a_stop_and_is_named(disk, content, why):
    disk.path.parent.mkdir(parents=True)
    disk.path.write_bytes(content)
    assert f'{disk.path}, which may hold a stop' in disk.memory.recall()
    assert f'cannot be read ({why})' in disk.memory.recall()
    disk.memory.forget()
    assert disk.restarted().recall() == ''


def test_a_file_that_cannot_be_read_counts_as_a_stop_and_is_named(disk):
    disk.path.mkdir(parents=True)
    assert f'{disk.path}, which may hold a stop' in disk.memory.recall()
    assert 'cannot be read (Is a directory)' in disk.memory.recall()


def test_a_stop_that_cannot_be_written_is_said_once_until_it_can(disk, tmp_path):
    (tmp_path / 'ros_home').write_text('in the way')
    for _ in range(2):
        disk.memory.keep('/button')
    assert disk.warnings == list(disk.memory.faults)
    assert 'the emergency stop would not outlive the filter' in disk.warnings[0]
    assert f'{disk.path} cannot be written (' in disk.warnings[0]
    (tmp_path / 'ros_home').unlink()
    disk.memory.keep('/button')
    assert disk.memory.faults == ()


def test_a_release_that_cannot_be_written_is_said(disk):
    disk.path.mkdir(parents=True)
    disk.memory.forget()
    assert disk.warnings == list(disk.memory.faults)
    assert 'the release would not outlive the filter' in disk.warnings[0]
    assert f'{disk.path} cannot be removed (' in disk.warnings[0]
