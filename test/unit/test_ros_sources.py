"""A source of hazards of one's own: its hazards, its fault and its diagnostics come through."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from ros_bench import Bench

from vcp_cbf_safety import Circle, Peer, SpeedLimits
from vcp_cbf_safety.ros.diagnostics import age_values
from vcp_cbf_safety.ros.sources.source import Moment, Seen, Source
from vcp_cbf_safety.ros.supervision import Supervisor
from vcp_cbf_safety.ros.watch import Log


class BumperSource(Source):
    """Something in front of a robot whose bumper is pressed."""

    def __init__(self) -> None:
        self.pressed = self.broken = False

    def look(self, moment: Moment) -> Seen:
        assert moment.robot is not None
        ahead = Circle(moment.robot.x + 0.5, moment.robot.y, 0.1, name='bumper')
        return Seen(
            circles=[ahead] if self.pressed else [],
            speed_limits=SpeedLimits(0.0, 0.1, 'the bumper is new'),
            brake=['the bumper does not answer'] if self.broken else [],
            faults=['the bumper is pressed'] if self.pressed else [],
        )

    def values(self, now: float) -> dict[str, str]:
        return {'bumper': 'pressed' if self.pressed else 'free'}


class ListeningSource(Source):
    """Remembers what it is told."""

    def look(self, moment: Moment) -> Seen:
        self.moment = moment
        return Seen()


@pytest.fixture
def bumper():
    return BumperSource()


@pytest.fixture
def bench(bumper):
    made = Bench()
    made.sources.append(bumper)
    log = Log(made.lines.append, made.lines.append)
    made.supervisor = Supervisor(made.inputs, made.sources, made.frames, log, made.now)
    return made


def test_its_hazards_and_limits_reach_the_filter(bench, bumper):
    assert bench.cycle().hazards.circles == ()
    bumper.pressed = True
    view = bench.cycle()
    assert [circle.name for circle in view.hazards.circles] == ['bumper']
    assert view.hazards.speed_limits.highest == 0.1
    assert (view.brake, view.faults) == ('', ('the bumper is pressed',))


def test_its_fault_brakes_the_robot_after_those_that_are_more_important(bench, bumper):
    bumper.broken = True
    assert bench.cycle().brake == 'the bumper does not answer'
    bench.bypass = 'somebody else drives'
    view = bench.cycle()
    assert view.brake == 'somebody else drives'
    assert view.faults == ('somebody else drives', 'the bumper does not answer')


def test_its_values_are_in_the_diagnostics(bench, bumper):
    bumper.pressed = True
    assert age_values(bench.inputs, bench.sources, bench.now)['bumper'] == 'pressed'


def test_it_is_told_of_the_robots_that_sources_before_it_have_seen():
    bench = Bench(peers=['ann'])
    bench.sources.append(ListeningSource())
    bench.peers['ann'] = 3.0
    bench.cycle(3)
    moment = bench.sources[-1].moment
    assert [type(peer) for peer in moment.peers] == [Peer]
    assert (moment.robot.x, moment.cycle) == (0.0, 3)
