"""What a cycle of the filter answers: the command, what was done to it, and why."""

import math
from dataclasses import dataclass, field, replace
from enum import Enum

from vcp_cbf_safety.motion.unicycle import RobotState, stands
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.record import Record


class Outcome(str, Enum):
    """What a cycle did to the nominal command."""

    NOMINAL = 'nominal'  # passed on unchanged, bit for bit
    FILTERED = 'filtered'  # changed as little as the rows allow
    RELAXED = 'relaxed'  # not every row could hold; the least important gave way
    BRAKING = 'braking'  # no command could be trusted; the robot is told to stop and still moves
    STOPPED = 'stopped'  # no command could be trusted; the robot is told to stand and stands
    IDLE = 'idle'  # nobody asks for motion; the robot is told to stop, and stands

    def __str__(self) -> str:
        return self.value


# Advice went into the command.
ADVICE_USED = 'used'


@dataclass(frozen=True, slots=True)
class StepTiming:
    """Wall time of one step [s].

    Attributes:
        build: prediction, advice, barriers and rows.
        solve: the program, relaxed where needed.
        total: all of it, with the checks after the solve.
        advice: what the advisor took of `build`; 0 without one.
    """

    build: float = 0.0
    solve: float = 0.0
    total: float = 0.0
    advice: float = 0.0


@dataclass(frozen=True, slots=True)
class SafeCommand:
    """What to send to the base, and why.

    Attributes:
        v: linear speed [m/s].
        omega: yaw rate [rad/s].
        outcome: what was done to the nominal command.
        binding: name of the hazard (or 'limits', or 'barriernet' for a learned correction) that
            shapes the command; None when nothing does.
        min_barrier: smallest body barrier [m]: free distance beyond the margin to the nearest
            hazard, negative inside the margin, inf when there is none, NaN when unknown.
        residual: largest violation of the program's rows by the command [m/s]; above rounding
            only when relaxed.
        reason: one sentence for people when the command is not the closest safe one, or stands
            although the robot is asked to move; else ''.
        code: the same in a word for programs.
        circulating: whether the nominal command was turned aside to resolve a deadlock.
        timing: how long the step took.
        advice: '' when there was no advisor to ask, `ADVICE_USED`, or one sentence on why the
            nominal command was taken as it is.
        record: what the cycle saw and found; None where it did not get as far as a program.
    """

    v: float
    omega: float
    outcome: Outcome
    binding: str | None = None
    min_barrier: float = math.nan
    residual: float = 0.0
    reason: str = ''
    code: ReasonCode = ReasonCode.NONE
    circulating: bool = False
    timing: StepTiming = StepTiming()
    advice: str = ''
    record: Record | None = field(default=None, compare=False, repr=False)

    @property
    def advice_replaced(self) -> bool:
        """Whether an advisor was asked and its answer could not be used."""
        return self.advice not in ('', ADVICE_USED)


def led_around(command: SafeCommand, hazard: str | None) -> SafeCommand:
    """The command, saying that its nominal command was turned aside to resolve a deadlock.

    Args:
        command: what the filter made of the nominal command that leads around.
        hazard: name of what held the robot up.
    """
    if command.outcome not in (Outcome.NOMINAL, Outcome.FILTERED):
        return replace(command, circulating=True)
    return replace(
        command,
        outcome=Outcome.FILTERED,
        binding=command.binding or hazard,
        reason=f'led around {hazard}, which held the robot up',
        code=ReasonCode.LED_AROUND,
        circulating=True,
    )


def outcome_of_stop(v: float, speed: float, robot: RobotState | None) -> Outcome:
    """Whether a robot that is told to stop still brakes, or stands.

    Args:
        v: speed that it is told [m/s].
        speed: its predicted speed [m/s].
        robot: its odometry, where there is any.
    """
    still = stands(v, 0.0) and stands(speed, 0.0)
    if robot is not None:
        still = still and stands(robot.speed, robot.yaw_rate)
    return Outcome.STOPPED if still else Outcome.BRAKING
