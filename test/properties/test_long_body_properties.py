"""Long bodies: closed loops against a judge of its own, rows against finite differences."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from long_bodies import LONG, Base, covered, driven, free_distance

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.motion.prediction import (
    Ahead,
    CommandHistory,
    Prediction,
    predict_extremes,
    predict_robot,
    unpredicted,
)
from vcp_cbf_safety.qp import body_rows
from vcp_cbf_safety.qp.assembly import Assembly, assemble, kept_discs, rules_of, total_inflation

ANGLES = st.floats(-math.pi, math.pi)
PLACES = st.floats(-2.0, 2.0)
SPEEDS = st.floats(-0.5, 1.0)
COMMANDS = st.builds(Twist2D, SPEEDS, st.floats(-2.0, 2.0))
ROBOTS = st.builds(RobotState, PLACES, PLACES, ANGLES, SPEEDS, st.floats(-2.0, 2.0))
CIRCLES = st.builds(Circle, PLACES, PLACES, st.floats(0.0, 0.5))
MOVING = st.builds(Circle, PLACES, PLACES, st.floats(0.0, 0.5), SPEEDS, SPEEDS)
PEERS = st.builds(
    Peer, PLACES, PLACES, ANGLES, SPEEDS, SPEEDS, st.floats(0.05, 0.4), st.sampled_from((0.5, 1.0))
)
STANDING = st.builds(
    Hazards, st.none() | st.just(Arena(-1.5, -1.0, 2.0, 1.5)), st.lists(CIRCLES, max_size=6)
)
ALL = st.builds(
    Hazards,
    st.none() | st.just(Arena(-1.5, -1.0, 2.0, 1.5)),
    st.lists(CIRCLES | MOVING, max_size=5),
    st.lists(PEERS, max_size=2),
)


@st.composite
def bodies(draw: Any) -> tuple[BodyDisc, ...]:
    """Rectangles, the axle anywhere in them, with discs beside the axis too."""
    length, width = draw(st.floats(0.5, 1.2)), draw(st.floats(0.2, 0.6))
    middle = draw(st.floats(-0.5, 0.5)) * length
    discs = covered(length, width, middle, draw(st.integers(2, 5)))
    aside = draw(st.sampled_from((0.0, 0.0, 0.15)))
    return tuple(
        disc._replace(y=aside if index % 2 else -aside) for index, disc in enumerate(discs)
    )


@st.composite
def robots_with_bodies(draw: Any) -> FilterConfig:
    """Robots of any speed and lag, with no margin that could hide what they do."""
    return replace(
        LONG,
        body_discs=draw(bodies()),
        vcp_offset=draw(st.floats(0.05, 0.4)),
        period=draw(st.sampled_from((0.02, 0.05, 0.1))),
        min_speed=draw(st.sampled_from((0.0, -0.4, -1.0))),
        max_speed=draw(st.floats(0.2, 1.5)),
        max_yaw_rate=draw(st.floats(0.3, 3.0)),
        max_acceleration=draw(st.floats(0.3, 2.5)),
        max_deceleration=draw(st.floats(0.3, 2.5)),
        max_yaw_acceleration=draw(st.floats(1.0, 12.0)),
        actuation_delay=draw(st.sampled_from((0.0, 0.05, 0.1))),
        velocity_lag=draw(st.sampled_from((0.0, 0.05, 0.1))),
        body_gain=2.0,
        margin=draw(st.sampled_from((0.0, 0.03))),
        position_uncertainty=0.0,
        period_jitter=0.0,
        resolve_deadlock=draw(st.booleans()),
    )


def assembled(
    config: FilterConfig, robot: RobotState, hazards: Hazards, nominal: Twist2D
) -> Assembly:
    return of_prediction(config, unpredicted(robot, hazards), nominal)


def of_prediction(config: FilterConfig, prediction: Prediction, nominal: Twist2D) -> Assembly:
    rules, last = rules_of(config), Twist2D(0.0, 0.0)
    return assemble(config, rules, nominal, prediction, last, config.period)


@given(robots_with_bodies(), st.data())
@settings(max_examples=30)
def test_no_disc_comes_nearer_than_the_margin_to_what_stands(
    config: FilterConfig, data: st.DataObject
) -> None:
    heading = data.draw(ANGLES)
    slower, harder = data.draw(st.floats(0.3, 1.0)), data.draw(st.sampled_from((1.0, 1.5, 3.0)))
    base = Base(config, heading, slower, harder)
    arena = data.draw(
        st.none() | st.tuples(*[st.floats(-2.5, -0.6)] * 2, *[st.floats(0.6, 2.5)] * 2)
    )
    posts = data.draw(
        st.lists(st.tuples(PLACES, PLACES, st.sampled_from((0.005, 0.02, 0.1, 0.3))), max_size=5)
    )
    kept = total_inflation(config) - config.outer_radius
    posts = [post for post in posts if free_distance(base, [post], None) > kept]
    if arena is not None and free_distance(base, [], arena) <= kept:
        arena = None
    assume(posts or arena)
    wishes = data.draw(
        st.lists(
            st.tuples(st.sampled_from((1.5, 0.3, 0.0, 0.0, -1.0)), st.floats(-3.0, 3.0)),
            min_size=1, max_size=6,
        )
    )  # fmt: skip
    cycles = round(3.0 / config.period)
    least = [math.inf]

    def seen() -> None:
        least[0] = min(least[0], free_distance(base, posts, arena))

    def nominal(cycle: int) -> Twist2D:
        return Twist2D(*wishes[cycle * len(wishes) // cycles])

    hazards = Hazards(Arena(*arena) if arena else None, [Circle(*post) for post in posts])
    driven(base, lambda: hazards, nominal, cycles, seen)
    assert least[0] > config.margin - 1e-3


@given(ROBOTS, ALL, COMMANDS)
def test_body_rows_say_how_the_barriers_change(
    robot: RobotState, hazards: Hazards, command: Twist2D
) -> None:
    found = assembled(LONG, robot, hazards, command)
    count, discs = len(found.names), len(LONG.discs)
    assume(count)
    rows = found.program.G[count:].reshape(discs, count, 2) @ (command.v, command.omega)
    dt = 1e-6
    moved = replace(
        robot,
        x=robot.x + dt * command.v * math.cos(robot.heading),
        y=robot.y + dt * command.v * math.sin(robot.heading),
        heading=robot.heading + dt * command.omega,
    )
    change = (assembled(LONG, moved, hazards, command).barriers - found.barriers) / dt
    # At the centre of a hazard it bends; inside a margin a motion abeam counts as none.
    smooth = found.barriers > -0.25
    assert np.abs(np.where(smooth, rows + change, 0.0)).max() < 1e-3


@given(ROBOTS, STANDING, COMMANDS)
def test_standing_keeps_every_row_of_what_stands(
    robot: RobotState, hazards: Hazards, nominal: Twist2D
) -> None:
    program = assembled(LONG, robot, hazards, nominal).program
    assert (program.h >= 0.0).all()
    assert (program.hard >= 0.0).all()


@given(ROBOTS, ALL, COMMANDS, st.lists(ROBOTS, max_size=2))
def test_few_hazards_have_the_rows_that_many_have(
    robot: RobotState, hazards: Hazards, nominal: Twist2D, elsewhere: list[RobotState]
) -> None:
    prediction = unpredicted(robot, hazards)
    prediction.starts.extend(Ahead(state) for state in elsewhere)
    found = []
    for few in (0, 100):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(body_rows, 'FEW', few)
            found.append(of_prediction(LONG, prediction, nominal))
    many, few_ = found
    for name in ('G', 'h', 'hard'):
        first, second = getattr(many.program, name), getattr(few_.program, name)
        assert first.shape == second.shape
        assert np.allclose(first, second, rtol=0.0, atol=1e-12), name
    for name in ('barriers', 'normals', 'body_barriers'):
        first, second = getattr(many, name), getattr(few_, name)
        assert np.allclose(first, second, rtol=0.0, atol=1e-12), name


@given(ROBOTS, ALL, COMMANDS, ROBOTS)
def test_barriers_hold_wherever_the_robot_may_be(
    robot: RobotState, hazards: Hazards, nominal: Twist2D, other: RobotState
) -> None:
    prediction = unpredicted(robot, hazards)
    prediction.starts.append(Ahead(other))
    both = of_prediction(LONG, prediction, nominal)
    there = assembled(LONG, other, hazards, nominal)
    assert (both.barriers <= there.barriers + 1e-9).all()
    assert (both.body_barriers == both.barriers.min(axis=0)).all()


@given(ROBOTS, ALL, st.lists(COMMANDS, min_size=3, max_size=12))
@settings(max_examples=30)
def test_one_disc_around_the_axle_centre_is_a_body_radius_to_the_bit(
    robot: RobotState, hazards: Hazards, nominals: list[Twist2D]
) -> None:
    plain = replace(LONG, body_discs=(), resolve_deadlock=True)
    given_ = replace(plain, body_radius=1.0, body_discs=((0.0, 0.0, plain.body_radius),))
    first, second = SafetyFilter(plain), SafetyFilter(given_)
    for nominal in nominals:
        one, other = (each.step(nominal, robot, hazards) for each in (first, second))
        numbers = [(each.v, each.omega, each.min_barrier, each.residual) for each in (one, other)]
        assert repr(numbers[0]) == repr(numbers[1])
        assert (one.outcome, one.binding, one.reason) == (
            other.outcome, other.binding, other.reason,
        )  # fmt: skip
        robot = replace(robot, x=robot.x + 0.05 * one.v, speed=one.v, yaw_rate=one.omega)


@given(st.floats(0.0, 0.3), st.sampled_from((-1.0, 1.0)), st.floats(-0.05, 0.05))
@example(0.0, 1.0, 0.0)
@settings(max_examples=10)
def test_turn_on_the_spot_beside_a_wall_is_stopped(gap: float, side: float, v: float) -> None:
    """The robot looks along the wall; half of a turn would put its nose through it."""
    base = Base(LONG, 0.5 * math.pi)
    kept = max(disc.y + disc.radius for disc in kept_discs(LONG))
    wall, least = kept + gap, [math.inf]
    hazards = Hazards(Arena(-9.0, -9.0, wall, 9.0))

    def seen() -> None:
        least[0] = min(least[0], free_distance(base, [], (-9.0, -9.0, wall, 9.0)))

    told = driven(base, lambda: hazards, lambda _: Twist2D(v, side * 1.5), 60, seen)
    assert least[0] > LONG.margin
    if v == 0.0:
        assert abs(told[-1].omega) < 0.05


@given(ROBOTS, st.lists(COMMANDS, min_size=1, max_size=4))
def test_bases_that_answer_differently_look_the_same_way(
    robot: RobotState, told: list[Twist2D]
) -> None:
    """Only the speed is in doubt, not the turn: so all discs are moved alike."""
    history = CommandHistory()
    for command in told:
        history.elapse(0.03)
        history.send(command)
    old = replace(robot, age=0.08)
    expected = predict_robot(LONG, old, history)
    extremes = predict_extremes(LONG, old, history)
    assert extremes
    assert all(each.state.heading == expected.heading for each in extremes)


def test_peers_that_share_the_work_know_the_disc_that_contains_the_body() -> None:
    peer = Hazards(peers=[Peer(1.5, 0.3, 0.0, 0.0, 0.0, 0.2, 0.5)])
    found = assembled(LONG, RobotState(0.0, 0.0, 0.4), peer, Twist2D(0.5, 0.3))
    gap = math.hypot(1.5, 0.3) - 0.2 - total_inflation(LONG)
    assert found.barriers[:, 0] == pytest.approx([gap] * 4)
    assert found.program.G[1:, 1] == pytest.approx([0.0] * 4)
