"""What a learned advisor may change of a cycle: the nominal command and the steering gains.

Body rows, bounds, braking law and checks are out of its reach, so no advice, however bad, can take
the guarantee away; advice that is not even advice is replaced by the fixed gains.
"""

from dataclasses import dataclass, replace
from time import perf_counter
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.command import ADVICE_USED, Outcome, SafeCommand
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import AdviceError
from vcp_cbf_safety.scene import Scene
from vcp_cbf_safety.unicycle import LARGEST_NUMBER, RobotState, Twist2D

_BINDING = 'barriernet'
_REASON = 'corrected by the BarrierNet'


@dataclass(frozen=True, slots=True)
class Advice:
    """What an advisor says in one cycle.

    Attributes:
        correction: to be added to the nominal command [m/s, rad/s]; the sum is brought inside the
            limits.
        gain: of the steering rows of hazards that stand still [1/s].
        moving_gain: of the steering rows of hazards that are, or may at any time be, in motion by
            themselves [1/s].
    """

    correction: Twist2D
    gain: float
    moving_gain: float


class Advisor(Protocol):
    """Somebody who gives advice, a trained network for example."""

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Scene) -> Advice:
        """Advice for one cycle.

        Args:
            nominal: what the robot is asked to do, finite.
            robot: its state when the command takes effect, finite, in the world frame.
            scene: hazards at that time, in the same frame.

        Raises:
            AdviceError: if there is none; the cycle then does without, as it does after any other
                error.
        """


class Advised(NamedTuple):
    """What a cycle filters after it has asked for advice.

    Attributes:
        nominal: the nominal command, corrected or not.
        steering_gain: (n,) of each hazard's steering row [1/s]; None for the fixed one.
        corrected: whether the nominal command is another one now.
        remark: for `SafeCommand.advice`.
        seconds: how long that took [s].
    """

    nominal: Twist2D
    steering_gain: NDArray[np.float64] | None = None
    corrected: bool = False
    remark: str = ''
    seconds: float = 0.0


def advised(
    advisor: Advisor | None,
    config: FilterConfig,
    nominal: Twist2D,
    robot: RobotState,
    scene: Scene,
) -> Advised:
    """Ask for advice, and take it where every part of it is legal.

    A robot that is asked to stand, v = omega = 0, is never corrected into motion.

    Args:
        advisor: to ask; None for nobody.
        config: the filter's parameters; its limits and its rule for gains hold for advice too.
        nominal, robot, scene: see `Advisor.advise`.

    Returns:
        What to filter; without legal advice the nominal command as it is, with fixed gains.
    """
    if advisor is None:
        return Advised(nominal)
    started = perf_counter()
    try:
        advice = advisor.advise(nominal, robot, scene)
        _check(advice, config)
    except AdviceError as error:
        return Advised(nominal, remark=str(error), seconds=perf_counter() - started)
    except Exception as error:  # noqa: BLE001 - whatever fails in there, the robot drives on
        remark = f'the advisor failed: {type(error).__name__}: {error}'
        return Advised(nominal, remark=remark, seconds=perf_counter() - started)
    gains = np.where(scene.moving, float(advice.moving_gain), float(advice.gain))
    corrected = _corrected(nominal, advice.correction, config)
    seconds = perf_counter() - started
    return Advised(corrected, gains, corrected is not nominal, ADVICE_USED, seconds)


def mark_corrected(command: SafeCommand) -> SafeCommand:
    """The command, saying that its nominal command was corrected."""
    if command.outcome not in (Outcome.NOMINAL, Outcome.FILTERED):
        return command
    return replace(
        command,
        outcome=Outcome.FILTERED,
        binding=command.binding or _BINDING,
        reason=command.reason or _REASON,
    )


def _check(advice: Advice, config: FilterConfig) -> None:
    """Raise AdviceError unless every number of the advice is legal."""
    for name, number in (('v', advice.correction.v), ('omega', advice.correction.omega)):
        if not abs(number) <= LARGEST_NUMBER:
            raise AdviceError(f'the advised correction of {name} is {number}; it must be a number')
    for name, gain in (('gain', advice.gain), ('moving_gain', advice.moving_gain)):
        # the rules that the configuration's own gains obey
        if not (_LOWEST_GAIN <= gain <= _HIGHEST_GAIN and gain * config.hold_time <= 1.0):
            highest = min(_HIGHEST_GAIN, 1.0 / config.hold_time)
            raise AdviceError(
                f'the advised {name} is {gain} 1/s; it must be between {_LOWEST_GAIN:g} and '
                f'{highest:g} 1/s'
            )


def _corrected(nominal: Twist2D, correction: Twist2D, config: FilterConfig) -> Twist2D:
    """The nominal command with its correction, inside the limits; itself if nothing changes."""
    if nominal.v == 0.0 and nominal.omega == 0.0:
        return nominal
    plain = _within_limits(nominal.v, nominal.omega, config)
    corrected = _within_limits(nominal.v + correction.v, nominal.omega + correction.omega, config)
    return nominal if corrected == plain else corrected


def _within_limits(v: float, omega: float, config: FilterConfig) -> Twist2D:
    turn = config.max_yaw_rate
    return Twist2D(min(max(v, config.min_speed), config.max_speed), min(max(omega, -turn), turn))


_GAINS = FilterConfig.quantities()['steering_gain']
_LOWEST_GAIN, _HIGHEST_GAIN = _GAINS.low, _GAINS.high
