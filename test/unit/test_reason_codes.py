"""Every cycle says in a word why its command is what it is, and keeps a record of what it saw."""

from dataclasses import replace

import numpy as np
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
from vcp_cbf_safety.reason_code import ReasonCode

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.0
)
ORIGIN = RobotState(0.0, 0.0, 0.0)
ROLLING = RobotState(0.0, 0.0, 0.0, speed=0.6)
DRIVE = Twist2D(0.6, 0.0)


def step(
    robot: RobotState = ORIGIN, hazards: Hazards | None = None, nominal: Twist2D = DRIVE
) -> SafeCommand:
    return SafetyFilter(CONFIG).step(nominal, robot, hazards or Hazards())


@pytest.mark.parametrize(
    ('robot', 'hazards', 'code', 'outcome'),
    [
        (ORIGIN, Hazards(), ReasonCode.NONE, Outcome.NOMINAL),
        (replace(ORIGIN, x=float('nan')), Hazards(), ReasonCode.BAD_INPUT, Outcome.STOPPED),
        (replace(ORIGIN, age=5.0), Hazards(), ReasonCode.OLD_STATE, Outcome.STOPPED),
        (
            ORIGIN,
            Hazards(circles=[Circle(0.05, 0.0, 0.1)]),
            ReasonCode.INSIDE_BODY,
            Outcome.STOPPED,
        ),
        (
            ROLLING,
            Hazards(peers=[Peer(1.0, 0.6, -1.57, 0.9, 0.0, 0.2)]),
            ReasonCode.SLOWED,
            Outcome.FILTERED,
        ),
        (
            ORIGIN,
            Hazards(Arena(-5.0, -5.0, 0.1, 5.0)),
            ReasonCode.OUTSIDE_ARENA,
            Outcome.FILTERED,
        ),
    ],
)
def test_the_code_says_why(
    robot: RobotState, hazards: Hazards, code: ReasonCode, outcome: Outcome
) -> None:
    command = step(robot, hazards)
    assert (command.code, command.outcome) == (code, outcome), command.reason
    assert bool(command.reason) is (code is not ReasonCode.NONE)


def test_a_robot_at_a_wall_is_held_up() -> None:
    config = replace(CONFIG, resolve_deadlock=False)
    wall = Hazards(Arena(-5.0, -5.0, 0.2 + 0.06, 5.0))
    command = SafetyFilter(config).step(DRIVE, ORIGIN, wall)
    assert command.code is ReasonCode.HELD_UP


def test_a_late_cycle_and_whoever_asks_to_brake_have_codes_of_their_own() -> None:
    safety_filter = SafetyFilter(CONFIG)
    safety_filter.step(DRIVE, ORIGIN, Hazards())
    assert safety_filter.step(DRIVE, ORIGIN, Hazards(), 0.5).code is ReasonCode.LATE_CYCLE
    assert safety_filter.brake('no odometry').code is ReasonCode.INPUT_FAULT
    assert safety_filter.brake('nobody drives', code=ReasonCode.IDLE).code is ReasonCode.IDLE


def test_the_record_holds_what_the_cycle_saw_and_found() -> None:
    hazards = Hazards(Arena(-5.0, -5.0, 5.0, 5.0), [Circle(0.8, 0.1, 0.2)])
    command = step(ROLLING, hazards, Twist2D(0.9, 0.0))
    record = command.record
    assert record is not None
    assert record.nominal == Twist2D(0.9, 0.0)
    assert record.prediction.robot == ROLLING
    assert record.prediction.ahead.x > 0.0
    assert record.assembly.min_barrier == command.min_barrier
    answer = record.checked.scale * np.array(record.solution.u)
    assert answer.tolist() == pytest.approx([command.v, command.omega])
    assert step(replace(ORIGIN, x=float('nan'))).record is None
