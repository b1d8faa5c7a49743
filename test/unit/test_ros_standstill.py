"""Standstill: one line when a robot must stand, one fault when it stays where it is."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from ros_bench import PERIOD, Bench, driving

from vcp_cbf_safety import Twist2D
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.standstill import Standstill
from vcp_cbf_safety.ros.watch import Log

STAND, DRIVE = Twist2D(0.0, 0.0), Twist2D(0.3, 0.0)


class Scene:
    """A robot on a clock that is a number."""

    def __init__(self):
        self.lines, self.now = [], 7.0
        self.standstill = Standstill(Log(self.lines.append, self.lines.append))

    def note(self, seconds, *, wanted=True, sent=STAND, reason='a wall is in the way'):
        for _ in range(round(seconds / PERIOD)):
            self.now += PERIOD
            self.standstill.note(wanted, sent, reason, self.now)

    def look(self, seconds, state, sent=DRIVE):
        """What is wrong after some time in which the robot is at state(time)."""
        found = ''
        for _ in range(round(seconds / PERIOD)):
            self.now += PERIOD
            self.standstill.note(True, sent, '', self.now)
            found = self.standstill.immobile(state(self.now), self.now)
        return found


def test_a_robot_that_is_kept_from_driving_is_one_line_after_a_while():
    scene = Scene()
    scene.note(2.9)
    assert scene.lines == []
    scene.note(20.0)
    assert scene.lines == [
        'the robot has stood for 3 s although it is asked to drive: a wall is in the way'
    ]


def test_it_is_said_again_when_the_robot_has_driven_meanwhile():
    scene = Scene()
    for _ in range(2):
        scene.note(5.0)
        scene.note(0.1, sent=DRIVE)
    assert len(scene.lines) == 2


def test_a_robot_that_nobody_asks_to_drive_may_stand():
    scene = Scene()
    for _ in range(10):
        scene.note(2.0)
        scene.note(0.1, wanted=False)
    scene.note(100.0, wanted=False)
    assert scene.lines == []


def test_a_robot_that_is_told_to_move_and_stays_is_at_fault_until_it_moves():
    scene = Scene()
    assert scene.look(2.9, lambda now: RobotState(1.0, 2.0, 0.5)) == ''
    assert 'told to move for 3 s and its odometry stays' in scene.look(
        1.0, lambda now: RobotState(1.0, 2.0, 0.5)
    )
    assert scene.look(0.1, lambda now: RobotState(1.03, 2.0, 0.5)) == ''


@pytest.mark.parametrize(
    ('sent', 'state'),
    [
        (Twist2D(0.03, 0.0), lambda now: RobotState(0.03 * now, 0.0, 0.0)),
        (Twist2D(0.0, 0.15), lambda now: RobotState(0.0, 0.0, 0.15 * now)),
        (Twist2D(0.0, 0.0), lambda now: RobotState(0.0, 0.0, 0.0)),
        (Twist2D(0.019, 0.09), lambda now: RobotState(0.0, 0.0, 0.0)),
        (DRIVE, lambda now: None),
    ],
)
def test_one_that_moves_however_slowly_or_is_not_told_to_is_not(sent, state):
    assert Scene().look(20.0, state, sent) == ''


def test_a_refused_command_wants_to_drive_and_silence_does_not():
    bench = driving()
    for nominal, lines in ((None, 0), ((float('nan'), 0.0), 1)):
        bench.nominal = nominal
        for _ in range(200):
            view = bench.cycle()
            bench.supervisor.note_sent(STAND, view.brake or view.idle, bench.now)
        said = [line for line in bench.lines if 'asked to drive' in line]
        assert len(said) == lines
    assert 'v of the nominal command is nan' in said[0]


def test_what_keeps_a_robot_from_starting_is_said():
    bench = Bench()
    bench.x = None
    for _ in range(200):
        view = bench.cycle()
        bench.supervisor.note_sent(STAND, view.brake, bench.now)
    assert bench.lines == [
        'the robot has stood for 3 s although it is asked to drive: no odometry on /odom yet'
    ]
