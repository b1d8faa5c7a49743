"""What of the inputs may be used in a cycle, and why the robot must brake where they may not."""

from collections.abc import Sequence
from typing import NamedTuple

from vcp_cbf_safety.hazards.hazards import ANY_SPEED, Hazards
from vcp_cbf_safety.motion.pose_history import PoseHistory
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.goal import GoalReader
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.nominal import NominalReader
from vcp_cbf_safety.ros.odometry import OdometryReader, reach_of, stop_of
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.source import Moment, Seen, Source
from vcp_cbf_safety.ros.staleness import delay, silence
from vcp_cbf_safety.ros.standstill import Standstill, moves
from vcp_cbf_safety.ros.watch import Log, Watch

# After so long people want to know that the first command is still awaited [s].
_LONG_WAIT = 3.0


class InputSnapshot(NamedTuple):
    """What one cycle sees.

    Attributes:
        nominal: the nominal command; None when there is none that is fresh and a number.
        robot: state of the robot; None before the first odometry that can be read.
        hazards: what its body must not touch.
        brake: why the robot must brake, '' when all that it needs is there.
        idle: why there is no nominal command although nothing is wrong, '' when there is one.
        faults: everything that is not as it should be, one sentence each.
        restart: why the robot must stand until somebody releases it, because odometry started
            again; '' for nothing.
        goal: where the robot is to go in the end [m]; None when nobody says so.
    """

    nominal: Twist2D | None
    robot: RobotState | None
    hazards: Hazards
    brake: str
    idle: str
    faults: tuple[str, ...]
    restart: str = ''
    goal: tuple[float, float] | None = None


class Supervisor:
    """Watches every input.

    Args:
        inputs: where the messages are.
        sources: of hazards, in the order in which their reasons to brake count.
        frames: bring into the world frame what is in another one.
        log: takes one line when an input fails and one when it is good again.
        now: monotonic time [s].
    """

    def __init__(
        self, inputs: Inputs, sources: Sequence[Source], frames: Frames, log: Log, now: float
    ) -> None:
        self._inputs, self._sources = inputs, sources
        self._poses = PoseHistory()
        self._odometry = OdometryReader(inputs.odom)
        self._nominal = NominalReader(inputs.nominal)
        self._goal = GoalReader(inputs.goal, frames, log)
        self._cycles = 0
        self._looked = now
        self._since = now  # monotonic time of the last reset [s]
        self._found_stuck = False
        self._idle = self._said_to_wait = False
        self._standstill = Standstill(log)
        self._watch_odometry = Watch(f'odometry on {inputs.odom.topic}', log)
        self._watch_nominal = Watch(f'the command on {inputs.nominal.topic}', log)
        self._watch_bypass = Watch('the graph', log)
        self._log = log
        self.reset(now)

    @property
    def refused(self) -> int:
        """How many nominal commands were no speeds."""
        return self._nominal.refused

    def follow(self, settings: NodeSettings, now: float) -> None:
        """Take changed parameters at a monotonic time [s]."""
        for source in self._sources:
            source.follow(settings, now)

    def poll(self, now: float) -> None:
        """Take what has arrived until a monotonic time [s]."""
        self._inputs.poll(now)
        for source in self._sources:
            source.poll(now)

    def reset(self, now: float) -> None:
        """Start over, as when the node is activated."""
        for watch in (self._watch_odometry, self._watch_nominal, self._watch_bypass):
            watch.reset()
        self._standstill.reset()
        # Nobody has watched, and anybody may have driven or carried the robot.
        self._looked = self._since = now
        self._odometry.start_over()
        self._poses.forget()
        for source in self._sources:
            source.reset(now)

    def look(
        self, settings: NodeSettings, bypass: str, now: float, braked: bool = True
    ) -> InputSnapshot:
        """Read what has come since the last cycle and judge all of it.

        Args:
            settings: the node's parameters.
            bypass: why the filter may be driven around, '' when that is no reason to brake.
            now: monotonic time [s].
            braked: whether the robot brakes for the faults that are found, which it does not when
                nominal commands pass.
        """
        self._cycles += 1
        recovery = settings.recovery_time
        odom_fault = self._odometry_fault(settings, now, braked)
        odom, nominal = self._inputs.odom, self._nominal
        nominal.read(settings.cmd_timeout, now)
        self._note_idle(now)
        robot = self._odometry.state(now)
        jumped = bool(self._odometry.jump or self._odometry.restart)
        if jumped:
            self._poses.forget()
        if robot is not None:
            self._poses.note(robot, now)
        reasons = [
            self._watch_odometry.observe(
                odom_fault, odom.count, recovery, now, awaited=odom.received < self._since
            ),
            self._watch_nominal.observe(nominal.fault, nominal.newest.count, recovery, now),
            self._watch_bypass.observe(bypass, self._cycles, recovery, now),
        ]
        moment = Moment(settings, robot, self._poses, jumped, (), now, self._cycles)
        seen = []
        for source in self._sources:
            seen.append(source.look(moment))
            moment = moment._replace(peers=(*moment.peers, *seen[-1].peers))
        if settings.filter.resolve_deadlock:
            self._goal.read(settings, now)
        reasons = [
            reason for reason in (*reasons, *(r for each in seen for r in each.brake)) if reason
        ]
        faults = [fault for each in seen for fault in each.faults]
        immobile = self._standstill.immobile(robot, now)
        return InputSnapshot(
            nominal.usable,
            robot,
            _hazards(seen),
            reasons[0] if reasons else '',
            nominal.idle,
            tuple(filter(None, (*reasons, *faults, immobile))),
            self._restart(settings, seen),
            self._goal.place,
        )

    def _odometry_fault(self, settings: NodeSettings, now: float, braked: bool) -> str:
        newest = self._inputs.odom
        unwatched, self._looked = now - self._looked, now
        stop = stop_of(settings.filter, settings.odom_timeout, unwatched) if braked else None
        self._odometry.read(settings.world_frame, reach_of(settings.filter), stop)
        limit = ('odometry', 'odom_timeout', settings.odom_timeout)
        stale = silence(newest, now, *limit) or delay(newest, now, *limit)
        # A restart is said once, as the stop that waits for its release.
        restarted = self._odometry.restart and settings.stop_on_odom_reset
        return (
            stale
            or self._odometry.error
            or ('' if restarted else self._odometry.jump)
            or (self._odometry.contradiction if settings.check_odom_twist else '')
            or self._stuck(settings.odom_stuck_timeout, now)
        )

    def _restart(self, settings: NodeSettings, seen: Sequence[Seen]) -> str:
        """Why the origin of some odometry may be another one than before, '' when it is not."""
        restarts = (self._odometry.restart, *(each.restart for each in seen))
        found = next(filter(None, restarts), '')
        if not found or not settings.stop_on_odom_reset:
            return ''
        self._log.warning(found)
        return found

    def _stuck(self, timeout: float, now: float) -> str:
        """Why the numbers of the odometry cannot be true, '' when they can."""
        # Once found, it lasts until the numbers change or nobody wants the robot to move.
        wanted = self._nominal.command is not None and moves(self._nominal.command)
        same = now - self._odometry.same_since > timeout
        found = self._found_stuck or now - self._standstill.told_to_move > timeout
        self._found_stuck = timeout > 0.0 and wanted and same and found
        if not self._found_stuck:
            return ''
        return (
            f'odometry on {self._inputs.odom.topic} says the same numbers for longer than '
            f'odom_stuck_timeout ({timeout:g} s) although the robot is told to move'
        )

    def note_sent(self, command: Twist2D, reason: str, now: float) -> None:
        """Take the command of a cycle and its reason, to know whether the robot does as it should.

        Args:
            command: what the base was told.
            reason: why not what somebody wanted, one sentence.
            now: monotonic time [s].
        """
        nominal = self._nominal.usable
        # One that is refused wants to drive too.
        wanted = moves(nominal) if nominal is not None else self._nominal.fault != ''
        self._standstill.note(wanted, command, reason, now)

    def _note_idle(self, now: float) -> None:
        """Let a driver that has fallen silent begin anew: its next command counts at once."""
        idle, topic = self._nominal.idle, self._nominal.newest.topic
        if idle:
            self._watch_nominal.reset()
        if bool(idle) != self._idle:
            self._idle = bool(idle)
            self._log.debug(f'idle: {idle}' if idle else f'{topic} asks for motion')
        waits = self._nominal.newest.message is None and now - self._since > _LONG_WAIT
        if waits and not self._said_to_wait:
            self._said_to_wait = True
            self._log.info(f'{idle}; the robot stands until one comes')


def _hazards(seen: Sequence[Seen]) -> Hazards:
    """What all sources see."""
    limits = [each.speed_limits for each in seen if each.speed_limits != ANY_SPEED]
    return Hazards(
        next((each.arena for each in seen if each.arena is not None), None),
        tuple(circle for each in seen for circle in each.circles),
        tuple(peer for each in seen for peer in each.peers),
        tuple(discs for each in seen for discs in each.discs),
        limits[0] if limits else ANY_SPEED,
    )
