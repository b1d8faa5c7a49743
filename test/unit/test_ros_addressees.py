"""Parameter files that are for others alone are refused; the rules are those of rclpy."""

from pathlib import Path

import pytest

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.addressees import addressees, check_addressees, is_for, parameter_files

NODE = '/robot1/safety_filter'


@pytest.mark.parametrize(
    ('key', 'is_meant'),
    [
        ('/robot1/safety_filter', True),
        ('/**', True),
        ('/*/safety_filter', True),
        ('/**/safety_filter', True),
        ('/safety_filter', False),
        ('/robot2/safety_filter', False),
        ('/*', False),
    ],
)
def test_a_key_means_a_node_as_rclpy_says(key: str, is_meant: bool) -> None:
    assert is_for(key, NODE) is is_meant


def test_only_files_behind_ros_args_count() -> None:
    arguments = ['--params-file', 'a', '--ros-args', '--params-file', 'b', '-r', '__ns:=/x',
                 '--', '--params-file', 'c', '--ros-args', '--params-file', 'd']  # fmt: skip
    assert parameter_files(arguments) == [Path('b'), Path('d')]


def test_nodes_are_found_in_namespaces_in_every_document_and_once(tmp_path: Path) -> None:
    file = tmp_path / 'parameters.yaml'
    file.write_text(
        'robot1:\n  safety_filter: {ros__parameters: {margin: 0.1}}\n'
        '/driver: {ros__parameters: {a: 1}}\n---\ndriver: {ros__parameters: {b: 1}}\n'
    )
    assert addressees(file) == ['/robot1/safety_filter', '/driver']


@pytest.mark.parametrize('text', ['', '# nothing\n', 'word\n', '{broken'])
def test_a_file_without_nodes_is_for_nobody_and_refused_by_nobody(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / 'parameters.yaml'
    file.write_text(text)
    assert addressees(file) == []
    check_addressees(['--ros-args', '--params-file', str(file)], NODE)
    assert addressees(tmp_path / 'absent.yaml') == []


def test_a_file_for_others_alone_is_refused_with_all_names(tmp_path: Path) -> None:
    file = tmp_path / 'parameters.yaml'
    file.write_text('/driver: {ros__parameters: {a: 1}}\n')
    arguments = ['--ros-args', '--params-file', str(file)]
    with pytest.raises(ConfigurationError, match=rf'/driver and nothing for this node, {NODE}'):
        check_addressees(arguments, NODE)
    check_addressees(arguments, '/driver')
