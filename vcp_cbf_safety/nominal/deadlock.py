"""Notice that hazards hold the robot up, and lead the nominal command around them."""

import math

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.stillness import Stillness
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.nominal.gap_exit import GapExit, are_open
from vcp_cbf_safety.nominal.narrow_gap import narrow_gap

# A robot that stays within this radius [m] for this long [s] although it is asked to move is held.
_STALL_RADIUS = 0.05
_PATIENCE = 1.0

# Hazards within this free distance [m] are followed.
_RANGE = 0.4
# Closer than this [m], directions towards a hazard are closed one by one, until only the tangent
# is open at zero.
_CLOSING_DISTANCE = 0.15

# Circulation ends when nothing has been near for this long [s] ...
_CLEAR_TIME = 1.0
# ... or after this long in any case [s]; the robot then tries its nominal command again, and, held
# again, the other hand.
_LONGEST = 30.0

# While circulating the robot drives at this share of the wanted speed and turns with this gain
# [1/s].
_SPEED_SHARE = 0.7
_TURN_GAIN = 3.0
# With a heading error beyond this [rad] it turns on the spot, which no row restricts.
_TURN_ON_THE_SPOT = math.radians(45.0)

# A base that has not moved for this long [s] when it should have answered does not move when it is
# told so little. Within this time [s] it is asked for up to the wanted speed, and for so many
# times the yaw rate in addition; when it moves, for less again within this time [s].
_IGNORES = 1.0
_URGING = 1.0
_URGENT = 9.0
_CALMING = 5.0

# A robot that knows its goal lets go when it is nearer to it by this than where it was held [m],
# and after so many times the longest time: it does not come back to where it was held before.
_NEARER = 0.05
_PATIENT = 4.0

# A nominal command below this share of the limits is no wish to go anywhere.
_WISH = 0.02

# Directions that are looked at: at first from the wanted one on, then from the hazard on.
_SCAN = np.arange(0.0, 2.0 * math.pi, math.radians(5.0))

_CLOCKWISE, _COUNTERCLOCKWISE = -1.0, 1.0


class DeadlockResolver:
    """Follows the hazards that hold the robot until the way is free (docs/theory.md, eq. 18).

    It is the rule by which a walker with one hand on the wall leaves any labyrinth (Pledge's
    rule): count how far the way along the wall has turned from the wanted direction, and let go
    when the count is back at zero. Alone, a robot turns to the side where the way opens first;
    when that has led nowhere for half a minute it tries its nominal command again and, held
    again, the other side. Where other robots are near everybody turns to the right, so robots
    that meet form a roundabout, and a free way ahead is reason enough to take it. Out of a gap
    that is narrower than the body with its margins the robot is led along its axis, in reverse if
    it was asked to reverse. A base that does not move although it is told to is asked for more
    yaw, and for all of the speed.

    A robot that is asked to drive towards a goal that it knows does not count turns: it lets go
    where it is nearer to the goal than where it was held and the way there is open.

    It replaces the nominal command only, asks for no more speed than the nominal command has
    asked for since the robot was held, and ends when the nominal command asks for standing still;
    the rows keep the robot safe.

    Args:
        config: limits of the robot.
    """

    def __init__(self, config: FilterConfig) -> None:
        self._config = config
        self._anchor = (math.inf, math.inf)
        self._held = 0.0
        self._since = 0.0
        self._clear = 0.0
        self._wanted = 0.0
        self._turned: float | None = None
        self._pace = 0.0
        self._backward = False
        # where the robot is to go, None when it does not know, and how far that was from where it
        # was held [m]
        self._goal: tuple[float, float] | None = None
        self._far = 0.0
        # for a base that does not move when it is told little: how much more it is asked [0 to 1],
        # and the distance at which directions towards hazards begin to close [m]
        self._urge = 0.0
        self._closing = _CLOSING_DISTANCE
        self._hand = _CLOCKWISE
        self._try_other_hand = False
        self._still = Stillness()
        self._exit = GapExit(config, self._still)

    @property
    def circulating(self) -> bool:
        """Whether the robot is being led around."""
        return self._since > 0.0

    def notice(self, robot: RobotState, told: Twist2D, elapsed: float) -> None:
        """Take the odometry of every cycle, and what the base was told `elapsed` seconds ago."""
        self._still.notice(robot, told, elapsed)

    def resolve(
        self,
        nominal: Twist2D,
        robot: RobotState,
        barriers: NDArray[np.float64],
        normals: NDArray[np.float64],
        moving: NDArray[np.bool_],
        elapsed: float,
        goal: tuple[float, float] | None = None,
    ) -> Twist2D:
        """The nominal command itself, or while circulating the command that leads around.

        Args:
            nominal: what the robot is asked to do.
            robot: state when the command takes effect.
            barriers: (n,) body barriers [m].
            normals: (n, 2) unit normals, from hazard to robot.
            moving: (n,) which hazards are peers, or move by themselves.
            elapsed: time since the last cycle [s].
            goal: where the robot is to go in the end, in the world frame [m]; None when nobody
                has said so.
        """
        if self._is_rest(nominal):
            self.let_go()
            return nominal
        if self._goal is not None and goal != self._goal:
            self.let_go()
        near = barriers < _RANGE
        if not self.circulating and not self._is_held(nominal, robot, bool(near.any()), elapsed):
            return nominal
        if not self.circulating:
            self._aim(nominal, robot, goal)
        self._since += elapsed
        self._insist(float(barriers[near].min(initial=_RANGE)), elapsed)
        self._clear = 0.0 if near.any() else self._clear + elapsed
        longest = _LONGEST if self._goal is None else _PATIENT * _LONGEST
        if self._clear > _CLEAR_TIME or self._since > longest:
            self._try_other_hand = self._since > longest and not self._try_other_hand
            self.let_go()
            return nominal
        if not near.any():
            return nominal
        labyrinth = not moving[near].any()
        return self._follow(nominal, robot, barriers[near], normals[near], labyrinth)

    def _insist(self, nearest: float, elapsed: float) -> None:
        """Ask for more the longer the robot stands although it is told to move."""
        answers_after = self._config.actuation_delay + 3.0 * self._config.velocity_lag
        ignores = self._still.ignored > _IGNORES + answers_after
        change = elapsed / _URGING if ignores else -elapsed / _CALMING
        self._urge = min(max(self._urge + change, 0.0), 1.0)
        if ignores:
            self._closing = max(self._closing, nearest + _CLOSING_DISTANCE)

    def _is_held(self, nominal: Twist2D, robot: RobotState, near: bool, elapsed: float) -> bool:
        moved = math.hypot(robot.x - self._anchor[0], robot.y - self._anchor[1]) > _STALL_RADIUS
        if moved or not near or not self._wishes(nominal):
            self._anchor, self._held = (robot.x, robot.y), 0.0
        else:
            self._held += elapsed
        return self._held > _PATIENCE

    def _is_rest(self, nominal: Twist2D) -> bool:
        turning = abs(nominal.omega) > _WISH * self._config.max_yaw_rate
        return not turning and not self._wishes(nominal)

    def _wishes(self, nominal: Twist2D) -> bool:
        return abs(nominal.v) > _WISH * self._config.top_speed

    def let_go(self) -> None:
        """Forget what held the robot up: the nominal command counts again."""
        self._held = self._since = self._clear = self._pace = 0.0
        self._turned = self._goal = None
        self._closing = _CLOSING_DISTANCE
        self._exit.forget()
        self._still.seconds = 0.0

    def _follow(
        self,
        nominal: Twist2D,
        robot: RobotState,
        barriers: NDArray[np.float64],
        normals: NDArray[np.float64],
        labyrinth: bool,
    ) -> Twist2D:
        if self._wishes(nominal) or self._turned is None:
            self._wanted = self._direction(nominal, robot)
            self._pace = max(self._pace, abs(nominal.v))
            self._backward = nominal.v < 0.0
        gap = narrow_gap(barriers, normals) if labyrinth else None
        closed = 1.0 - np.clip(barriers, 0.0, self._closing) / self._closing
        if self._turned is None:
            self._hand = self._choose_hand(closed, normals, labyrinth)
            start = self._wanted
        else:
            toward = -normals[int(barriers.argmin())]
            start = math.atan2(toward[1], toward[0])
        if gap is not None:
            out = self._exit.choose(gap, self._wanted, self._backward)
            if out is None:
                return Twist2D(0.0, 0.0)
            self._count_turn(out)
            return self._exit.lead(out, robot, _SPEED_SHARE * self._pace, closed, normals)
        angles = start + self._hand * _SCAN
        open_ = are_open(np.append(angles, self._wanted), closed, normals)
        if not open_[:-1].any():
            return Twist2D(0.0, 0.0)
        along = float(angles[int(open_[:-1].argmax())])
        unwound = self._count_turn(along)
        if self._goal is not None:
            unwound = self._far - math.dist(self._goal, (robot.x, robot.y)) > _NEARER
        if open_[-1] and (unwound if labyrinth else self._has_left(robot)):
            self.let_go()
            return nominal
        error = math.remainder(along - robot.heading, 2.0 * math.pi)
        config = self._config
        share = _SPEED_SHARE + (1.0 - _SPEED_SHARE) * self._urge
        pace = min(share * self._pace, config.max_speed)
        speed = pace * max(0.0, 1.0 - abs(error) / _TURN_ON_THE_SPOT)
        gain = _TURN_GAIN * (1.0 + _URGENT * self._urge)
        turn = min(max(gain * error, -config.max_yaw_rate), config.max_yaw_rate)
        return Twist2D(speed, turn)

    def _aim(self, nominal: Twist2D, robot: RobotState, goal: tuple[float, float] | None) -> None:
        """Take the goal, if it is where the nominal command leads: one may be an old one."""
        self._goal = None
        if goal is None:
            return
        wanted = self._direction(nominal, robot)
        x, y = goal[0] - robot.x, goal[1] - robot.y
        if x * math.cos(wanted) + y * math.sin(wanted) > 0.0:
            self._goal, self._far = goal, math.hypot(x, y)

    def _direction(self, nominal: Twist2D, robot: RobotState) -> float:
        """Where the robot wants to go [rad]."""
        if self._goal is not None:
            return math.atan2(self._goal[1] - robot.y, self._goal[0] - robot.x)
        offset = math.copysign(self._config.vcp_offset, nominal.v)
        return robot.heading + math.atan2(offset * nominal.omega, nominal.v)

    def _choose_hand(
        self, closed: NDArray[np.float64], normals: NDArray[np.float64], alone: bool
    ) -> float:
        """To which side to turn: where the way opens first, to the right among robots."""
        if not alone:
            return _CLOCKWISE
        right = int(are_open(self._wanted + _CLOCKWISE * _SCAN, closed, normals).argmax())
        left = int(are_open(self._wanted + _COUNTERCLOCKWISE * _SCAN, closed, normals).argmax())
        hand = _CLOCKWISE if right <= left else _COUNTERCLOCKWISE
        return -hand if self._try_other_hand else hand

    def _has_left(self, robot: RobotState) -> bool:
        """Whether the robot is a body length from where it was held.

        Robots build no labyrinths, and a count of turns along hazards that move means nothing:
        among peers a free way is reason enough to take it.
        """
        away = math.hypot(robot.x - self._anchor[0], robot.y - self._anchor[1])
        return away > 2.0 * self._config.outer_radius

    def _count_turn(self, along: float) -> bool:
        """Update the turn from the wanted direction to `along`; True when it is back at zero."""
        angle = self._hand * (along - self._wanted)
        if self._turned is None:
            self._turned = angle
            return False
        self._turned += math.remainder(angle - self._turned, 2.0 * math.pi)
        return self._turned <= 0.0
