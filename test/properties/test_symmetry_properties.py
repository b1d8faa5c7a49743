"""The command depends on the world, not on how the world is written down."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import (
    Circle,
    FilterConfig,
    Hazards,
    Peer,
    RobotState,
    SafeCommand,
    SafetyFilter,
    Twist2D,
)

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.05,
    min_speed=-0.2,
    max_speed=1.0,
    max_yaw_rate=2.84,
)
NUMBERS = st.floats(-2.0, 2.0).map(lambda x: round(x, 4))
ANGLES = st.floats(-3.0, 3.0).map(lambda x: round(x, 4))
SPEEDS = st.floats(-0.3, 0.3).map(lambda x: round(x, 4))
CIRCLES = st.lists(
    st.builds(Circle, NUMBERS, NUMBERS, st.floats(0.05, 0.3), SPEEDS, SPEEDS), max_size=4
)
PEERS = st.lists(
    st.builds(
        Peer, NUMBERS, NUMBERS, ANGLES, SPEEDS, SPEEDS, st.just(0.15), st.sampled_from([0.5, 1.0])
    ),
    max_size=3,
)
NOMINALS = st.builds(Twist2D, st.floats(-0.3, 1.2), st.floats(-3.0, 3.0))
ROBOTS = st.builds(RobotState, SPEEDS, SPEEDS, ANGLES, SPEEDS, SPEEDS)

# Near-ties of the program amplify rounding, so the answers agree to less than rounding.
CLOSE = 1e-5


def command_of(
    nominal: Twist2D, robot: RobotState, circles: list[Circle], peers: list[Peer]
) -> SafeCommand:
    """First step of a fresh filter."""
    named = [dataclasses.replace(c, name=f'circle {k}') for k, c in enumerate(circles)]
    others = [dataclasses.replace(p, name=f'peer {k}') for k, p in enumerate(peers)]
    return SafetyFilter(CONFIG).step(nominal, robot, Hazards(None, named, others))


def same(first: SafeCommand, second: SafeCommand, mirrored: bool = False) -> None:
    """Both commands are one, up to rounding, and so is what is said about them."""
    assert second.v == pytest.approx(first.v, abs=CLOSE)
    assert second.omega == pytest.approx(-first.omega if mirrored else first.omega, abs=CLOSE)
    assert second.min_barrier == pytest.approx(first.min_barrier, abs=1e-9, nan_ok=True)
    assert second.residual == pytest.approx(first.residual, abs=CLOSE)


@given(nominal=NOMINALS, robot=ROBOTS, circles=CIRCLES, peers=PEERS, data=st.data())
def test_order_of_the_hazards_does_not_matter(
    nominal: Twist2D,
    robot: RobotState,
    circles: list[Circle],
    peers: list[Peer],
    data: st.DataObject,
) -> None:
    shuffled = data.draw(st.permutations(circles)), data.draw(st.permutations(peers))
    same(command_of(nominal, robot, circles, peers), command_of(nominal, robot, *shuffled))


@given(nominal=NOMINALS, robot=ROBOTS, circles=CIRCLES, peers=PEERS)
def test_mirrored_world_gives_the_mirrored_command(
    nominal: Twist2D, robot: RobotState, circles: list[Circle], peers: list[Peer]
) -> None:
    def mirror(value: Any) -> Any:
        signs = ('y', 'vy', 'heading', 'yaw_rate', 'omega')
        return dataclasses.replace(
            value, **{n: -getattr(value, n) for n in signs if hasattr(value, n)}
        )

    mirrored = command_of(
        mirror(nominal), mirror(robot), [mirror(c) for c in circles], [mirror(p) for p in peers]
    )
    same(command_of(nominal, robot, circles, peers), mirrored, mirrored=True)


@given(
    nominal=NOMINALS,
    robot=ROBOTS,
    circles=CIRCLES,
    peers=PEERS,
    angle=ANGLES,
    shift=st.tuples(NUMBERS, NUMBERS),
    turns=st.integers(-2, 2),
)
def test_moved_and_turned_world_frame_changes_nothing(
    nominal: Twist2D,
    robot: RobotState,
    circles: list[Circle],
    peers: list[Peer],
    angle: float,
    shift: tuple[float, float],
    turns: int,
) -> None:
    c, s = math.cos(angle), math.sin(angle)

    def move(value: Any) -> Any:
        changes = {
            'x': c * value.x - s * value.y + shift[0],
            'y': s * value.x + c * value.y + shift[1],
        }
        if hasattr(value, 'heading'):
            changes['heading'] = value.heading + angle + 2.0 * math.pi * turns
        if hasattr(value, 'vx'):
            changes |= {'vx': c * value.vx - s * value.vy, 'vy': s * value.vx + c * value.vy}
        return dataclasses.replace(value, **changes)

    moved = command_of(nominal, move(robot), [move(h) for h in circles], [move(p) for p in peers])
    same(command_of(nominal, robot, circles, peers), moved)


@given(nominal=NOMINALS, robot=ROBOTS, circles=CIRCLES, peers=PEERS)
def test_hazard_given_twice_is_one_hazard(
    nominal: Twist2D, robot: RobotState, circles: list[Circle], peers: list[Peer]
) -> None:
    same(
        command_of(nominal, robot, circles, peers),
        command_of(nominal, robot, circles * 2, peers * 2),
    )


@given(nominal=NOMINALS, robot=ROBOTS, circles=CIRCLES, peers=PEERS)
def test_hazard_far_away_changes_nothing(
    nominal: Twist2D, robot: RobotState, circles: list[Circle], peers: list[Peer]
) -> None:
    far = [*circles, Circle(500.0, -300.0, 1.0)]
    near, both = command_of(nominal, robot, circles, peers), command_of(nominal, robot, far, peers)
    assert both.v == pytest.approx(near.v, abs=CLOSE)
    assert both.omega == pytest.approx(near.omega, abs=CLOSE)
