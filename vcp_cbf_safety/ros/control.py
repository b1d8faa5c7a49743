"""One control cycle: what the inputs allow, what the filter says, what the mode makes of it."""

from dataclasses import replace
from typing import NamedTuple

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.motion.unicycle import Twist2D, stands
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.ros.modes import DISABLED, EMERGENCY_STOP, SHADOW, Modes
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.supervision import InputSnapshot, Supervisor
from vcp_cbf_safety.safety_filter import SafetyFilter

_STAND = Twist2D(0.0, 0.0)


class Cycle(NamedTuple):
    """What came out of a cycle.

    Attributes:
        command: what the filter says; in shadow mode and disabled, what it would have said.
        sent: what goes to the base.
        mode: the mode in force.
        faults: everything that is not as it should be, one sentence each.
        brake: why the inputs do not allow to drive, '' when they do.
    """

    command: SafeCommand
    sent: Twist2D
    mode: str
    faults: tuple[str, ...]
    brake: str = ''


def control_cycle(
    safety_filter: SafetyFilter,
    supervisor: Supervisor,
    modes: Modes,
    settings: NodeSettings,
    *,
    bypass: str,
    elapsed: float,
    now: float,
) -> Cycle:
    """Judge the inputs and decide on a command.

    Args:
        safety_filter, supervisor, modes: what remembers.
        settings: the node's parameters.
        bypass: why to brake because the filter is driven around, '' for no reason.
        elapsed: time since the cycle before [s].
        now: monotonic time [s].
    """
    mode = modes.current(settings.mode)
    view = supervisor.look(settings, bypass, now, braked=mode not in (SHADOW, DISABLED))
    if view.restart:
        modes.hold(view.restart)
    if modes.hold_reason:
        faults = tuple(dict.fromkeys((modes.hold_reason, *view.faults)))
        view = view._replace(brake=modes.hold_reason, faults=faults)
    if mode == EMERGENCY_STOP:
        safety_filter.note_sent(_STAND, elapsed)
        supervisor.note_sent(_STAND, modes.stop_reason, now)
        stop = _emergency(modes.stop_reason, view)
        return Cycle(stop, _STAND, mode, view.faults, view.brake)
    if view.brake:
        held = ReasonCode.AWAITS_RELEASE if modes.hold_reason else ReasonCode.INPUT_FAULT
        command = safety_filter.brake(view.brake, elapsed, held)
    elif view.nominal is None or view.robot is None:
        command = safety_filter.brake(view.idle, elapsed, ReasonCode.IDLE)
        command = replace(command, outcome=Outcome.IDLE)
    else:
        command = safety_filter.step(view.nominal, view.robot, view.hazards, elapsed, view.goal)
    sent = Twist2D(command.v, command.omega)
    if mode in (SHADOW, DISABLED) and view.nominal is not None:
        sent = view.nominal
        # The base does what it can of it.
        safety_filter.note_sent(settings.filter.within_limits(sent), 0.0)
    supervisor.note_sent(sent, command.reason, now)
    return Cycle(command, sent, mode, view.faults, view.brake)


def _emergency(reason: str, view: InputSnapshot) -> SafeCommand:
    robot = view.robot
    moves = robot is not None and not stands(robot.speed, robot.yaw_rate)
    outcome = Outcome.BRAKING if moves else Outcome.STOPPED
    return SafeCommand(0.0, 0.0, outcome, reason=reason, code=ReasonCode.EMERGENCY_STOP)
