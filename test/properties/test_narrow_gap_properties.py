"""In a gap narrower than the body with its margins no barrier falls, and the way out is driven."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import Arena, Circle, FilterConfig, Hazards, SafeCommand, SafetyFilter, Twist2D
from vcp_cbf_safety.qp.assembly import total_inflation
from vcp_cbf_safety.sim.base import TIME_STEP, Base, BaseModel
from vcp_cbf_safety.studies.campaign.bases import ideal

BODY = 0.2
AHEAD, BACK = Twist2D(0.3, 0.0), Twist2D(-0.2, 0.0)
# A barrier may lose the rounding of the roll-out in each cycle [m].
ROUNDING = 1e-6


def robot(**changes: float) -> FilterConfig:
    """Parameters of a robot of 0.2 m that keeps 5 cm and may reverse."""
    fields = {
        'body_radius': BODY,
        'vcp_offset': 0.1,
        'period': 0.05,
        'min_speed': -0.3,
        'max_speed': 0.8,
        'max_yaw_rate': 2.0,
    }
    return FilterConfig(**{**fields, **changes})


OBEYS = robot(
    max_acceleration=50.0, max_deceleration=50.0, max_yaw_acceleration=200.0,
    actuation_delay=0.0, velocity_lag=0.0,
)  # fmt: skip
SLUGGISH = robot(
    period=0.1, velocity_lag=0.3, body_gain=0.8, actuation_delay=0.2, max_acceleration=0.4,
    max_deceleration=0.4,
)  # fmt: skip
ROBOTS = st.sampled_from([OBEYS, robot(), SLUGGISH])


def post(side: float, radius: float, gap: float, ahead: float) -> Circle:
    """A post beside a robot at the origin, `gap` metres from its body when it is abeam."""
    name = 'left' if side > 0.0 else 'right'
    return Circle(ahead, side * (BODY + radius + gap), radius, name=name)


def pair(radius: float, gap: float, ahead: float = 0.0, skew: float = 0.0) -> Hazards:
    """Two posts, one on each side."""
    return Hazards(circles=[post(1.0, radius, gap, ahead + skew), post(-1.0, radius, gap, ahead)])


class Drive:
    """A closed loop, how far a barrier fell below what it may, where it went and what was said."""

    def __init__(
        self,
        config: FilterConfig,
        hazards: Hazards,
        heading: float,
        model: BaseModel | None = None,
    ) -> None:
        self._config, self._hazards = config, hazards
        self._filter = SafetyFilter(config)
        self._base = Base(model or ideal(config)[0], (0.0, 0.0, heading), np.random.default_rng(0))
        self._now = 0.0
        self._floors = np.minimum(self._barriers(), 0.0)
        self.fallen = 0.0
        self.way: list[float] = []
        self.said: list[SafeCommand] = []

    @property
    def position(self) -> tuple[float, float]:
        """Where the robot really is [m]."""
        return self._base.pose[:2]

    def _barriers(self) -> np.ndarray:
        x, y, _ = self._base.pose
        found = [math.hypot(x - c.x, y - c.y) - c.radius for c in self._hazards.circles]
        if (arena := self._hazards.arena) is not None:
            found += [x - arena.x_min, arena.x_max - x, y - arena.y_min, arena.y_max - y]
        return np.array(found) - total_inflation(self._config)

    def ask(self, nominal: Twist2D, duration: float) -> None:
        """Ask for a command for a time [s]."""
        for _ in range(round(duration / self._config.period)):
            command = self._filter.step(nominal, self._base.odometry(), self._hazards)
            self.said.append(command)
            self.way.append(self.position[0])
            self._base.command(self._now, Twist2D(command.v, command.omega))
            for _ in range(round(self._config.period / TIME_STEP)):
                self._base.advance(self._now)
                self._now += TIME_STEP
                fall = self._floors - self._barriers()
                self.fallen = max(self.fallen, float(fall.max()))


@given(
    config=ROBOTS,
    radius=st.floats(0.03, 0.3),
    gap=st.floats(0.005, 0.04),
    skew=st.floats(-0.03, 0.03),
    heading=st.floats(-0.2, 0.2),
    nominal=st.sampled_from([AHEAD, BACK]),
)
# Forward and reverse were both zero, for ever, without a reason.
@example(config=robot(), radius=0.05, gap=0.02, skew=0.0, heading=0.035, nominal=AHEAD)
@example(config=robot(), radius=0.2, gap=0.02, skew=0.005, heading=-0.087, nominal=BACK)
@settings(max_examples=25)
def test_robot_between_two_posts_drives_out_as_it_is_asked_and_no_barrier_falls(
    config: FilterConfig, radius: float, gap: float, skew: float, heading: float, nominal: Twist2D
) -> None:
    # abeam of their middle, where the gap is at its narrowest
    drive = Drive(config, pair(radius, gap, -0.5 * skew, skew), heading)
    drive.ask(nominal, 16.0)
    assert math.copysign(1.0, nominal.v) * drive.position[0] > 0.5
    assert drive.fallen <= ROUNDING


@given(
    config=ROBOTS,
    left=st.tuples(st.floats(0.03, 0.3), st.floats(0.0, 0.06), st.floats(-0.1, 0.1)),
    right=st.tuples(st.floats(0.03, 0.3), st.floats(0.0, 0.06), st.floats(-0.1, 0.1)),
    heading=st.floats(-math.pi, math.pi),
    quickness=st.tuples(st.floats(0.1, 1.0), st.floats(1.0, 8.0)),
    asked=st.lists(
        st.tuples(
            st.builds(Twist2D, st.sampled_from([0.0, 0.05, 0.8, -0.3]), st.floats(-2.0, 2.0)),
            st.sampled_from([0.2, 1.0, 3.0]),
        ),
        min_size=1,
        max_size=6,
    ),
)
@settings(max_examples=50)
def test_whatever_is_asked_between_two_posts_no_barrier_falls_for_any_legal_base(
    config: FilterConfig,
    left: tuple[float, float, float],
    right: tuple[float, float, float],
    heading: float,
    quickness: tuple[float, float],
    asked: list[Any],
) -> None:
    model = ideal(config)[0]
    model = replace(
        model,
        acceleration=model.acceleration * quickness[0],
        deceleration=model.deceleration * quickness[1],
    )
    hazards = Hazards(circles=[post(1.0, *left), post(-1.0, *right)])
    drive = Drive(config, hazards, heading, model)
    for nominal, duration in asked:
        drive.ask(nominal, duration)
    assert drive.fallen <= ROUNDING


@given(config=ROBOTS, heading=st.floats(-0.2, 0.2), nominal=st.sampled_from([AHEAD, BACK]))
@settings(max_examples=10)
def test_robot_between_two_walls_drives_along_them_and_no_barrier_falls(
    config: FilterConfig, heading: float, nominal: Twist2D
) -> None:
    hazards = Hazards(arena=Arena(-3.0, -BODY - 0.02, 3.0, BODY + 0.02))
    drive = Drive(config, hazards, heading)
    drive.ask(nominal, 16.0)
    assert math.copysign(1.0, nominal.v) * drive.position[0] > 0.5
    assert drive.fallen <= ROUNDING


@given(st.floats(0.005, 0.05), st.sampled_from([AHEAD, BACK]))
@settings(max_examples=10)
def test_robot_leaves_the_other_way_where_the_gap_closes_ahead(
    ahead: float, nominal: Twist2D
) -> None:
    side = math.copysign(1.0, nominal.v)
    drive = Drive(robot(), pair(0.05, 0.02, side * ahead), 0.0)
    drive.ask(nominal, 10.0)
    assert min(side * x for x in drive.way) < -0.02
    assert drive.fallen <= ROUNDING


def test_robot_in_a_gap_of_walls_of_posts_stands_and_says_between_which() -> None:
    """Every post ahead and behind is within the margin too: there is no way along."""
    circles = [
        replace(post(side, 0.05, 0.02, 0.1 * number), name=f'{number} {side:+.0f}')
        for number in range(-5, 6)
        for side in (1.0, -1.0)
    ]
    drive = Drive(robot(), Hazards(circles=circles), 0.0)
    drive.ask(AHEAD, 8.0)
    assert drive.position == (0.0, 0.0)
    assert {command.reason for command in drive.said} == {
        'held up between 0 +1 and 0 -1, which leave 0.09 m less than the body with its margins '
        'needs'
    }


@given(
    config=ROBOTS,
    left=st.tuples(st.floats(0.03, 0.3), st.floats(0.0, 0.04), st.floats(-0.02, 0.02)),
    right=st.tuples(st.floats(0.03, 0.3), st.floats(0.0, 0.04), st.floats(-0.02, 0.02)),
    heading=st.floats(-0.3, 0.3),
    nominal=st.sampled_from([AHEAD, BACK]),
)
@settings(max_examples=20)
def test_a_robot_that_stands_between_two_posts_names_both(
    config: FilterConfig,
    left: tuple[float, float, float],
    right: tuple[float, float, float],
    heading: float,
    nominal: Twist2D,
) -> None:
    drive = Drive(config, Hazards(circles=[post(1.0, *left), post(-1.0, *right)]), heading)
    drive.ask(nominal, 3.0)
    for command in drive.said:
        if command.v == 0.0:
            assert 'left' in command.reason
            assert 'right' in command.reason
