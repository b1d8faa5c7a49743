"""What a learned advisor may change of a cycle: the nominal command.

Rows, bounds, braking law and checks are out of its reach, so no advice, however bad, can take
the guarantee away; advice that is not even advice is left out.
"""

from dataclasses import replace
from time import perf_counter
from typing import NamedTuple, Protocol

from vcp_cbf_safety.command import ADVICE_USED, Outcome, SafeCommand
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import AdviceError
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER, RobotState, Twist2D
from vcp_cbf_safety.reason_code import ReasonCode

_BINDING = 'barriernet'
_REASON = 'corrected by the BarrierNet'


class Advisor(Protocol):
    """Somebody who gives advice, a trained network for example."""

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Scene) -> Twist2D:
        """What to add to the nominal command; the sum is brought inside the limits.

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
        corrected: whether the nominal command is another one now.
        remark: for `SafeCommand.advice`.
        seconds: how long that took [s].
    """

    nominal: Twist2D
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
    """Ask for advice, and take it where it is legal.

    A robot that is asked to stand, v = omega = 0, is never corrected into motion.

    Args:
        advisor: to ask; None for nobody.
        config: the filter's parameters; its limits hold for advice too.
        nominal, robot, scene: see `Advisor.advise`.

    Returns:
        What to filter; without legal advice the nominal command as it is.
    """
    if advisor is None:
        return Advised(nominal)
    started = perf_counter()
    try:
        correction = advisor.advise(nominal, robot, scene)
        _check(correction)
    except AdviceError as error:
        return Advised(nominal, remark=str(error), seconds=perf_counter() - started)
    except Exception as error:  # noqa: BLE001 - whatever fails in there, the robot drives on
        remark = f'the advisor failed: {type(error).__name__}: {error}'
        return Advised(nominal, remark=remark, seconds=perf_counter() - started)
    corrected = _corrected(nominal, correction, config)
    seconds = perf_counter() - started
    return Advised(corrected, corrected is not nominal, ADVICE_USED, seconds)


def mark_corrected(command: SafeCommand) -> SafeCommand:
    """The command, saying that its nominal command was corrected."""
    if command.outcome not in (Outcome.NOMINAL, Outcome.FILTERED):
        return command
    return replace(
        command,
        outcome=Outcome.FILTERED,
        binding=command.binding or _BINDING,
        reason=command.reason or _REASON,
        code=command.code or ReasonCode.CORRECTED,
    )


def _check(correction: Twist2D) -> None:
    """Raise AdviceError unless both numbers of the advice are legal."""
    for name, number in (('v', correction.v), ('omega', correction.omega)):
        if not abs(number) <= LARGEST_NUMBER:
            raise AdviceError(f'the advised correction of {name} is {number}; it must be a number')


def _corrected(nominal: Twist2D, correction: Twist2D, config: FilterConfig) -> Twist2D:
    """The nominal command with its correction, inside the limits; itself if nothing changes."""
    if nominal.v == 0.0 and nominal.omega == 0.0:
        return nominal
    plain = config.within_limits(nominal)
    corrected = config.within_limits(
        Twist2D(nominal.v + correction.v, nominal.omega + correction.omega)
    )
    return nominal if corrected == plain else corrected
