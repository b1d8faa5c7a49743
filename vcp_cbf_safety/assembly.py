"""One cycle's program: nominal command, robot and hazards become named rows."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.braking import reachable_interval
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.constraints import sampling_margin
from vcp_cbf_safety.hazards import Array
from vcp_cbf_safety.prediction import Prediction
from vcp_cbf_safety.program import Program, Solution
from vcp_cbf_safety.rows import Care
from vcp_cbf_safety.scene_rows import FEW, Axis, rows_of_few, rows_of_many
from vcp_cbf_safety.unicycle import Twist2D

# Below this nominal speed [m/s] the virtual control point slides from ahead of the axle to behind
# it instead of jumping; a turn on the spot, which moves no part of the body disc, stays untouched.
_REVERSING_BLEND = 0.02


@dataclass(frozen=True, slots=True)
class Assembly:
    """A program and what its rows stand for.

    Rows 0..n-1 are the steering rows, n..2n-1 the body rows of the same n hazards.

    Attributes:
        program: the program to solve.
        names: names of the n hazards.
        body_barriers: (n,) h at the axle centre [m].
        body_normals: (n, 2) unit normals at the axle centre, from hazard to robot.
        inflation: body radius plus all margins, as used in the barriers [m].
    """

    program: Program
    names: tuple[str, ...]
    body_barriers: NDArray[np.float64]
    body_normals: NDArray[np.float64]
    inflation: float

    @property
    def min_barrier(self) -> float:
        """Smallest body barrier [m]; inf without hazards."""
        return float(self.body_barriers.min()) if self.names else math.inf

    @property
    def nearest(self) -> str | None:
        """Name of the hazard with the smallest body barrier."""
        return self.names[int(self.body_barriers.argmin())] if self.names else None

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


def total_inflation(config: FilterConfig) -> float:
    """Distance from the axle centre that the filter keeps free of hazards [m].

    Body radius, configured margin, position uncertainty, and the bend of the arc within one hold
    time (eq. 9).
    """
    bend = sampling_margin(config.top_speed, config.max_yaw_rate, config.hold_time)
    return config.body_radius + config.margin + config.position_uncertainty + bend


class Rules(NamedTuple):
    """What rows keep in every cycle.

    Attributes:
        inflation: body radius plus all margins [m].
        care: approach limits of control point and axle centre, for many hazards at once.
        cares: the same of each of the two, for one hazard after the other.
        weights: (2,) cost of changing v and omega.
        offset: signed offset of the control point [m] for a nominal speed [m/s].
    """

    inflation: float
    care: Care
    cares: tuple[Care, Care]
    weights: NDArray[np.float64]
    offset: Callable[[float], float]


@lru_cache(maxsize=64)
def rules_of(config: FilterConfig) -> Rules:
    """The rules that follow from the filter's parameters."""
    gains = (config.steering_gain, config.body_gain)
    care = care_of(config, np.array(gains)[:, None])
    return Rules(
        total_inflation(config),
        care,
        (care._replace(gains=gains[0], turns=1.0), care._replace(gains=gains[1], turns=0.0)),
        np.array((config.speed_weight, config.yaw_rate_weight)),
        partial(steering_offset, config),
    )


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
    x, y, offset = robot.x, robot.y, rules.offset(nominal.v)
    axis = Axis(x, y, math.cos(robot.heading), math.sin(robot.heading), offset)
    places = [(start.state.x - x, start.state.y - y) for start in prediction.starts[1:]]
    count = len(scene.names)
    if count <= FEW:
        rows = rows_of_few(scene, axis, places, rules.inflation, rules.cares)
    else:
        rows = rows_of_many(scene, axis, places, rules.inflation, rules.care)
    hard = rows.caps
    hard[:count] = math.inf
    speeds = reachable_interval(
        (robot.speed, last_command.v),
        nominal.v,
        config.max_acceleration * window,
        (max(config.min_speed, allowed.lowest), min(config.max_speed, allowed.highest)),
    )
    yaw_rates = reachable_interval(
        (robot.yaw_rate, last_command.omega),
        nominal.omega,
        config.max_yaw_acceleration * window,
        (-config.max_yaw_rate, config.max_yaw_rate),
    )
    program = Program(
        G=rows.G,
        h=rows.h,
        hard=hard,
        level=scene.row_levels,
        lower=np.array((speeds[0], yaw_rates[0])),
        upper=np.array((speeds[1], yaw_rates[1])),
        u_nom=np.array((nominal.v, nominal.omega)),
        weights=rules.weights,
    )
    return Assembly(program, scene.names, rows.barriers, rows.normals, rules.inflation)


def care_of(config: FilterConfig, gains: Array) -> Care:
    """How fast control point and axle centre may approach hazards.

    Args:
        config: the filter's parameters.
        gains: (..., 2, 1 or n) of the steering rows and of the body rows [1/s].
    """
    return Care(
        gains=gains,
        hold_time=config.hold_time,
        deceleration=config.max_deceleration,
        turns=np.array(((1.0,), (0.0,))),
        reaction_time=config.hold_time + config.velocity_lag,
        max_yaw_rate=config.max_yaw_rate,
    )
