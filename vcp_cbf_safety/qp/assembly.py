"""One cycle's program: nominal command, robot and hazards become named rows."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.body.disc import BodyDisc, containing_radius
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Array
from vcp_cbf_safety.motion.braking import changes_in, reachable_interval, reaction_time
from vcp_cbf_safety.motion.prediction import Prediction
from vcp_cbf_safety.motion.response import deceleration_of, turn_limit_of
from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.qp.body_rows import least_of_discs, levels_of, rows_of_body
from vcp_cbf_safety.qp.constraints import sampling_margin
from vcp_cbf_safety.qp.program import Program, Solution
from vcp_cbf_safety.qp.rows import Care
from vcp_cbf_safety.qp.scene_rows import Axis, Kept

Vector = NDArray[np.float64]

# Below this nominal speed [m/s] the virtual control point slides from ahead of the axle to behind
# it instead of jumping; a turn on the spot, which moves no part of the body disc, stays untouched.
_REVERSING_BLEND = 0.02


@dataclass(frozen=True, slots=True)
class Assembly:
    """A program and what its rows stand for.

    Rows 0..n-1 are the steering rows of n hazards. The body rows follow, n for each disc of the
    body.

    Attributes:
        program: the program to solve.
        names: names of the n hazards.
        barriers: (m, n) h at the centres of the m discs [m].
        normals: (m, n, 2) unit normals there, from hazard to robot.
        body_barriers: (n,) the least of the discs [m].
        body_normals: (n, 2) their normals.
        kept: what the robot keeps free of hazards.
    """

    program: Program
    names: tuple[str, ...]
    barriers: Vector
    normals: Vector
    body_barriers: Vector
    body_normals: Vector
    kept: Kept

    @property
    def inflation(self) -> float:
        """Distance from the axle centre that is kept free, all around the body [m]."""
        return containing_radius(self.kept.discs)

    @property
    def min_barrier(self) -> float:
        """Smallest body barrier [m]; inf without hazards."""
        return float(self.body_barriers.min()) if self.names else math.inf

    @property
    def nearest(self) -> str | None:
        """Name of the hazard with the smallest body barrier."""
        return self.names[int(self.body_barriers.argmin())] if self.names else None

    def slack(self, command: Twist2D) -> Vector:
        """(n,) what a command leaves of the rows of each hazard, the least of them [m/s].

        Below zero only for a command that breaks a row, which relaxed ones may.
        """
        program = self.program
        room = program.h - program.G @ np.array((command.v, command.omega))
        least: Vector = room.reshape(1 + len(self.barriers), len(self.names)).min(axis=0)
        return least

    def binding(self, solution: Solution) -> str:
        """Name of the hazard whose row shapes the solution most, or 'limits'."""
        return next(iter(self.shaping(solution)), 'limits')

    def shaping(self, solution: Solution) -> list[str]:
        """Names of the hazards whose rows shape the solution, the one that does most first.

        Of the rows that leave the solution no room, it is those that the nominal command breaks,
        measured along each row's own direction so that rows of different steepness compare. A row
        that is merely touched, a wall beside the robot say, shapes nothing.
        """
        program = self.program
        room = solution.h - program.G @ solution.u
        change = program.G @ (program.u_nom - solution.u)
        steepness = np.sqrt(np.maximum((program.G * program.G).sum(axis=1), 1e-18))
        broken = np.flatnonzero((room < 1e-6 * steepness) & (change > 1e-9 * steepness))
        order = np.argsort(-change[broken] / steepness[broken], kind='stable')
        places = (broken[order] % len(self.names)).tolist()
        return list(dict.fromkeys(self.names[index] for index in places))


def steering_offset(
    config: FilterConfig,
    nominal_speed: Array,
    lowest: Callable[..., Array] = min,
    highest: Callable[..., Array] = max,
) -> Array:
    """Signed offset of the virtual control point [m]: ahead when driving forward, else behind.

    Args:
        config: the filter's parameters.
        nominal_speed: nominal linear speed [m/s].
        lowest, highest: minimum and maximum of such a number, see `braking.reachable_interval`.
    """
    return config.vcp_offset * lowest(1.0, highest(-1.0, nominal_speed / _REVERSING_BLEND))


def kept_discs(config: FilterConfig) -> tuple[BodyDisc, ...]:
    """The discs of the body with all their margins (docs/theory.md, eq. 9).

    These are the configured margin, the position uncertainty, and the bend of the arc within one
    hold time.
    """
    return tuple(disc._replace(radius=_inflation(config, disc)) for disc in config.discs)


def _inflation(config: FilterConfig, disc: BodyDisc) -> float:
    speed = config.top_speed + config.max_yaw_rate * disc.distance
    bend = sampling_margin(speed, config.max_yaw_rate, config.hold_time)
    return disc.radius + config.margin + config.position_uncertainty + bend


def total_inflation(config: FilterConfig) -> float:
    """Distance from the axle centre that the filter keeps free of hazards, all around [m]."""
    return max(disc.distance + _inflation(config, disc) for disc in config.discs)


class Rules(NamedTuple):
    """What rows keep in every cycle.

    Attributes:
        kept: the discs that are kept free, and approach limits.
        whole: the same as one disc around the axle centre, which is what a peer that shares the
            work knows of the robot; None where it is that anyway.
        weights: (2,) cost of changing v and omega.
        offset: signed offset of the control point [m] for a nominal speed [m/s].
    """

    kept: Kept
    whole: Kept | None
    weights: Vector
    offset: Callable[[float], float]


@lru_cache(maxsize=64)
def rules_of(config: FilterConfig) -> Rules:
    """The rules that follow from the filter's parameters."""
    discs = kept_discs(config)
    whole = (
        None
        if config.is_round
        else kept_of(config, (BodyDisc(0.0, 0.0, total_inflation(config)),))
    )
    return Rules(
        kept_of(config, discs),
        whole,
        np.array((config.speed_weight, config.yaw_rate_weight)),
        partial(steering_offset, config),
    )


def kept_of(config: FilterConfig, discs: tuple[BodyDisc, ...]) -> Kept:
    """What is kept free around a body of these discs, which have all margins.

    Around the control point it is as much as around the disc nearest to the axle centre.
    """
    gains = (config.steering_gain, config.body_gain)
    column = np.array((gains[0], *[gains[1]] * len(discs)))[:, None]
    care = care_of(config, column)._replace(turns=np.array((1.0, *[0.0] * len(discs)))[:, None])
    cares = [
        care._replace(gains=gain, turns=turns)
        for gain, turns in zip(gains, (1.0, 0.0), strict=True)
    ]
    if any(disc.distance for disc in discs):
        braking = turn_limit_of(config)
        cares[1] = cares[1]._replace(yaw_deceleration=braking)
        care = care._replace(yaw_deceleration=braking * (1.0 - care.turns))
    nearest = min(discs, key=lambda disc: disc.distance)
    return Kept(nearest.radius, discs, care, (cares[0], cares[1]))


def assemble(
    config: FilterConfig,
    rules: Rules,
    nominal: Twist2D,
    prediction: Prediction,
    last_command: Twist2D,
    window: float,
) -> Assembly:
    """Build the program of one cycle (docs/theory.md, eq. 6, 7 and 11).

    Args:
        config: the filter's parameters.
        rules: what rows keep.
        nominal: nominal command, finite.
        prediction: robot and hazards when the command takes effect, finite. Rows hold for the
            nearest of the places where the robot may be.
        last_command: what the base was told last.
        window: time in which the command may change by what the base reaches [s].

    Returns:
        The program with steering and body rows of every hazard.
    """
    scene, robot, allowed = prediction.scene, prediction.ahead, prediction.speed_limits
    count, offset = len(scene.names), rules.offset(nominal.v)
    axis = Axis(robot.x, robot.y, math.cos(robot.heading), math.sin(robot.heading), offset)
    states = [start.state for start in prediction.starts]
    rows = rows_of_body(scene, axis, states, rules.kept, rules.whole)
    hard = rows.caps
    hard[:count] = math.inf
    reached = changes_in(config, window)
    speeds = reachable_interval(
        (robot.speed, last_command.v),
        nominal.v,
        reached.up,
        (max(config.min_speed, allowed.lowest), min(config.max_speed, allowed.highest)),
    )
    yaw_rates = reachable_interval(
        (robot.yaw_rate, last_command.omega),
        nominal.omega,
        reached.turn,
        (-config.max_yaw_rate, config.max_yaw_rate),
    )
    program = Program(
        G=rows.G,
        h=rows.h,
        hard=hard,
        level=levels_of(scene, len(rows.barriers)),
        lower=np.array((speeds[0], yaw_rates[0])),
        upper=np.array((speeds[1], yaw_rates[1])),
        u_nom=np.array((nominal.v, nominal.omega)),
        weights=rules.weights,
    )
    barriers, normals = least_of_discs(rows)
    return Assembly(
        program, scene.names, rows.barriers, rows.normals, barriers, normals, rules.kept
    )


def care_of(config: FilterConfig, gains: Array) -> Care:
    """How fast control point and axle centre may approach hazards.

    Args:
        config: the filter's parameters.
        gains: (..., 2, 1 or n) of the steering rows and of the body rows [1/s].
    """
    return Care(
        gains=gains,
        hold_time=config.hold_time,
        deceleration=deceleration_of(config),
        turns=np.array(((1.0,), (0.0,))),
        reaction_time=reaction_time(config),
        max_yaw_rate=config.max_yaw_rate,
    )
