"""Advice: taken where it is legal, replaced where it is not, and never a danger."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafeCommand,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.command import ADVICE_USED
from vcp_cbf_safety.errors import AdviceError
from vcp_cbf_safety.motion.unicycle import advance

# A base that obeys at once, so that the plant of the closed loop is the unicycle itself.
CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.05,
    min_speed=-0.3,
    max_speed=1.0,
    max_yaw_rate=2.84,
    max_acceleration=50.0,
    max_deceleration=50.0,
    max_yaw_acceleration=200.0,
    actuation_delay=0.0,
    velocity_lag=0.0,
    period_jitter=0.0,
)
ORIGIN = RobotState(0.0, 0.0, 0.0)
OPEN = Hazards()
POST = Hazards(circles=[Circle(0.8, 0.05, 0.2, name='post')])
PEER = Hazards(peers=[Peer(0.8, 0.05, 0.0, 0.0, 0.0, 0.2, name='ann')])
AHEAD = Twist2D(0.4, 0.1)


class Says:
    """An advisor that gives the same answer whatever it is asked."""

    def __init__(self, v: Any, omega: Any) -> None:
        self.answer = Twist2D(v, omega)

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Any) -> Twist2D:
        return self.answer


class Fails:
    """An advisor that does something when it is asked, and has no answer."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = act

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Any) -> Any:
        return self._act()


def step(
    advisor: Any,
    nominal: Twist2D = AHEAD,
    hazards: Hazards = OPEN,
    config: FilterConfig = CONFIG,
    robot: RobotState = ORIGIN,
) -> SafeCommand:
    """First step of a fresh filter."""
    return SafetyFilter(config, advisor=advisor).step(nominal, robot, hazards)


def plain(command: SafeCommand) -> SafeCommand:
    """The command without what differs from run to run, and without the remark on advice."""
    return replace(command, timing=type(command.timing)(), advice='')


def raise_(error: Exception) -> Any:
    raise error


class TestLegalAdvice:
    def test_the_correction_is_added_and_the_command_says_so(self):
        command = step(Says(0.2, -0.3))
        assert (command.v, command.omega) == pytest.approx((0.6, -0.2))
        assert command.outcome is Outcome.FILTERED
        assert command.binding == 'barriernet'
        assert command.reason == 'corrected by the BarrierNet'
        assert command.advice == ADVICE_USED
        assert not command.advice_replaced

    def test_no_correction_leaves_the_command_bit_for_bit(self):
        command = step(Says(0.0, 0.0))
        assert (command.v, command.omega) == (AHEAD.v, AHEAD.omega)
        assert command.outcome is Outcome.NOMINAL
        assert (command.binding, command.reason) == (None, '')
        assert command.advice == ADVICE_USED

    def test_the_corrected_command_stays_inside_the_limits(self):
        command = step(Says(50.0, -50.0))
        assert (command.v, command.omega) == (CONFIG.max_speed, -CONFIG.max_yaw_rate)

    def test_limits_are_to_blame_for_a_nominal_command_beyond_them(self):
        command = step(Says(0.0, 0.0), Twist2D(5.0, 0.0))
        assert (command.v, command.binding, command.reason) == (1.0, 'limits', '')

    @pytest.mark.parametrize('hazards', [OPEN, POST])
    def test_a_robot_that_is_asked_to_stand_stands(self, hazards):
        command = step(Says(0.5, 1.0), Twist2D(0.0, 0.0), hazards)
        assert (command.v, command.omega) == (0.0, 0.0)
        assert command.outcome is Outcome.NOMINAL

    def test_a_hazard_that_shapes_the_corrected_command_is_named(self):
        command = step(Says(0.5, 0.0), hazards=POST)
        assert command.binding == 'post'
        assert command.reason == 'corrected by the BarrierNet'

    def test_the_advisor_is_asked_about_the_predicted_robot_and_hazards(self):
        asked = []
        config = replace(CONFIG, actuation_delay=0.2, velocity_lag=0.1)
        advisor = Fails(lambda: raise_(AdviceError('no')))
        advisor.advise = lambda *question: asked.append(question) or raise_(AdviceError('no'))
        robot = RobotState(0.0, 0.0, 0.0, speed=0.5)
        peer = Peer(2.0, 0.0, 0.0, 0.4, 0.0, 0.2)
        step(advisor, hazards=Hazards(peers=[peer]), config=config, robot=robot)
        ((nominal, ahead, scene),) = asked
        assert nominal == AHEAD
        assert 0.0 < ahead.x < 0.1
        assert scene.centers[0, 0] == pytest.approx(2.08)
        assert scene.moving.tolist() == [True]

    def test_an_advisor_can_be_exchanged_and_dropped_between_steps(self):
        subject = SafetyFilter(CONFIG)
        remarks = []
        for advisor in (None, Says(0.1, 0.0), Says(math.nan, 0.0), None):
            subject.advisor = advisor
            remarks.append(subject.step(AHEAD, ORIGIN, OPEN).advice)
        assert remarks[0] == remarks[3] == ''
        assert remarks[1] == ADVICE_USED
        assert 'nan' in remarks[2]

    def test_the_time_of_the_advice_is_part_of_the_time_of_the_build(self):
        timing = step(Says(0.1, 0.0)).timing
        assert 0.0 < timing.advice < timing.build
        assert step(None).timing.advice == 0.0


ILLEGAL = {
    'correction of v is no number': Says(math.nan, 0.0),
    'correction of omega is infinite': Says(0.0, -math.inf),
    'correction is text': Says('fast', 0.0),
    'correction is missing': Says(None, 0.0),
    'answer is None': Fails(lambda: None),
    'answer is an error': Fails(lambda: raise_(RuntimeError('out of memory'))),
    'answer is a refusal': Fails(lambda: raise_(AdviceError('the answer came late'))),
}


class TestIllegalAdvice:
    @pytest.mark.parametrize('hazards', [OPEN, POST, PEER])
    @pytest.mark.parametrize('advisor', ILLEGAL.values(), ids=ILLEGAL)
    def test_it_is_replaced_in_the_same_cycle_by_what_there_is_without_advice(
        self, advisor, hazards
    ):
        command = step(advisor, Twist2D(0.8, 0.0), hazards)
        assert plain(command) == plain(step(None, Twist2D(0.8, 0.0), hazards))
        assert command.advice_replaced

    @pytest.mark.parametrize(
        ('advisor', 'sentence'),
        [
            (Says(math.nan, 0.0), 'the advised correction of v is nan; it must be a number'),
            (
                Says(0.0, -math.inf),
                'the advised correction of omega is -inf; it must be a number',
            ),
            (Fails(lambda: raise_(AdviceError('it came late'))), 'it came late'),
            (
                Fails(lambda: raise_(RuntimeError('out of memory'))),
                'the advisor failed: RuntimeError: out of memory',
            ),
        ],
    )
    def test_the_command_says_what_was_wrong(self, advisor, sentence):
        assert step(advisor).advice == sentence

    def test_a_filter_that_brakes_asks_nobody(self):
        command = step(Says(0.1, 0.0), robot=RobotState(math.nan, 0.0, 0.0))
        assert command.outcome is Outcome.STOPPED
        assert command.advice == ''


# The worst that legal advice can be: always at an end of its interval.
WORST = {
    'full ahead': Says(9.0, 0.0),
    'full astern': Says(-9.0, 0.0),
    'ahead and left': Says(9.0, 9.0),
    'ahead and right': Says(9.0, -9.0),
    'astern and left': Says(-9.0, 9.0),
}
YARD = Hazards(
    arena=Arena(-1.2, -1.0, 1.2, 1.0),
    circles=[Circle(0.6, 0.15, 0.15), Circle(-0.5, -0.4, 0.2), Circle(0.1, 0.7, 0.1)],
)


@pytest.mark.parametrize('advisor', WORST.values(), ids=WORST)
@pytest.mark.parametrize('resolve_deadlock', [True, False])
def test_whatever_is_advised_the_body_keeps_off_every_hazard(advisor, resolve_deadlock):
    config = replace(CONFIG, resolve_deadlock=resolve_deadlock)
    subject = SafetyFilter(config, advisor=advisor)
    robot, closest, way = ORIGIN, math.inf, 0.0
    for cycle in range(400):
        nominal = Twist2D(0.5, 1.5 * math.sin(0.05 * cycle))
        command = subject.step(nominal, robot, YARD)
        assert command.advice == ADVICE_USED
        closest = min(closest, command.min_barrier)
        way += abs(command.v) * config.period
        pose = advance((robot.x, robot.y, robot.heading), command.v, command.omega, config.period)
        robot = RobotState(*pose, speed=command.v, yaw_rate=command.omega)
    assert closest >= -1e-9
    assert way > 0.0


def test_a_robot_that_is_held_up_is_led_around_and_not_corrected_meanwhile():
    # Straight at a post the rows leave no way; the advice is to push on.
    subject = SafetyFilter(CONFIG, advisor=Says(0.3, 0.0))
    hazards = Hazards(circles=[Circle(1.0, 0.0, 0.3, name='post')])
    robot, led = ORIGIN, []
    for _ in range(400):
        command = subject.step(Twist2D(0.4, -2.0 * robot.heading), robot, hazards)
        if command.circulating:
            led.append(command)
        pose = advance((robot.x, robot.y, robot.heading), command.v, command.omega, CONFIG.period)
        robot = RobotState(*pose, speed=command.v, yaw_rate=command.omega)
    assert led
    assert {command.advice for command in led} == {ADVICE_USED}
    assert not any(command.reason == 'corrected by the BarrierNet' for command in led)
    # Who is led around drives no faster than asked; the advice would have.
    assert max(command.v for command in led) <= 0.4 + 1e-9
