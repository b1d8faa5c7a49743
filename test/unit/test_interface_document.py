"""What docs/interface.md says of outcomes, modes, launch arguments and files is so."""

import pytest
from documents import ROOT, launch_arguments, names, rows

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from lifecycle_msgs.msg import State

from vcp_cbf_safety.command import Outcome
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.ros import modes
from vcp_cbf_safety.ros.state import level_of
from vcp_cbf_safety.ros.stop_memory import stop_file

DOCUMENT = 'interface.md'
LEVELS = {'OK': b'\x00', 'WARN': b'\x01', 'ERROR': b'\x02'}


def test_every_outcome_has_the_level_that_the_document_says():
    said = {names(row['outcome'])[0]: LEVELS[row['level']] for row in rows(DOCUMENT, 'Outcomes')}
    assert said == {str(outcome): level_of(outcome) for outcome in Outcome}


def test_the_document_names_every_reason_code():
    said = [names(row['code'])[0] for row in rows(DOCUMENT, 'Reason codes')]
    assert sorted(said) == sorted(str(code) for code in ReasonCode if code)


def test_the_document_names_every_mode():
    known = {value for name, value in vars(modes).items() if name.isupper()}
    assert {names(row['mode'])[0] for row in rows(DOCUMENT, 'Modes')} == known


def test_the_document_names_every_state_of_a_managed_node():
    known = {
        name.removeprefix('PRIMARY_STATE_').lower()
        for name in dir(State)
        if name.startswith('PRIMARY_STATE_')
    }
    assert {row['state'] for row in rows(DOCUMENT, 'Lifecycle')} == known - {'unknown'}


def test_the_document_names_every_launch_argument_with_its_default():
    declared = launch_arguments(ROOT / 'launch' / 'safety_filter.launch.py')
    said = {
        names(row['argument'])[0]: row['default'].strip('`')
        for row in rows(DOCUMENT, 'Launch arguments')
    }
    assert set(said) == set(declared)
    for name, default in declared.items():
        # That of the parameter file is a path, which depends on where the package is.
        assert default in (said[name], None)


def test_the_file_of_an_emergency_stop_is_where_the_document_says(monkeypatch):
    monkeypatch.setenv('ROS_HOME', '/home')
    text = (ROOT / 'docs' / DOCUMENT).read_text(encoding='utf-8')
    path = stop_file(0, '/robot1/safety_filter')
    assert f'`{path.relative_to("/home")}`' in text
