"""What holds for the layer whatever the situation is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from vcp_cbf_safety import (  # noqa: E402
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Peer,
    RobotState,
    Twist2D,
)
from vcp_cbf_safety.learning.consistency import verify_numpy_torch_consistency  # noqa: E402
from vcp_cbf_safety.learning.layer import DifferentiableVCPCBFQP, LayerStatus  # noqa: E402
from vcp_cbf_safety.learning.scenes import scenes_of  # noqa: E402
from vcp_cbf_safety.learning.situations import Situation  # noqa: E402

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.05,
    min_speed=-0.5,
    max_speed=1.0,
    max_yaw_rate=2.84,
)
LAYER = DifferentiableVCPCBFQP(CONFIG)

# Eighths: robots at the centre of discs, on walls, hazards on top of each other come often.
PLACE = st.integers(-16, 16).map(lambda i: i / 8.0)
SPEED = st.integers(-12, 12).map(lambda i: i / 8.0)
HEADING = st.integers(-16, 16).map(lambda i: i * math.pi / 8.0)
RADIUS = st.sampled_from([0.0, 0.1, 0.5])

CIRCLES = st.builds(Circle, PLACE, PLACE, RADIUS, SPEED, SPEED)
PEERS = st.builds(
    Peer, PLACE, PLACE, HEADING, SPEED, SPEED, RADIUS, st.sampled_from([0.25, 0.5, 1.0])
)
HAZARDS = st.builds(
    Hazards,
    st.sampled_from([None, Arena(-2.0, -2.0, 2.0, 2.0), Arena(-0.1, -2.0, 0.1, 2.0)]),
    st.lists(CIRCLES, max_size=4),
    st.lists(PEERS, max_size=3),
)
TWISTS = st.builds(Twist2D, SPEED, SPEED)
ROBOTS = st.builds(RobotState, PLACE, PLACE, HEADING, SPEED, SPEED)
SITUATIONS = st.builds(Situation, TWISTS, ROBOTS, HAZARDS, TWISTS)


def inputs(situation: Situation, hazards=None):
    """Nominal command, state, hazards, gain and last command of one robot, as leaves."""
    robot = situation.robot
    state = (robot.x, robot.y, robot.heading, robot.speed, robot.yaw_rate)
    nominal, last = situation.nominal, situation.last_command
    return (
        tensor([nominal.v, nominal.omega]),
        tensor(state),
        scenes_of([situation.hazards]) if hazards is None else hazards,
        tensor([1.0]),
        tensor([last.v, last.omega]),
    )


def tensor(values) -> torch.Tensor:
    return torch.tensor([values], dtype=torch.float64, requires_grad=True)


@given(SITUATIONS)
def test_there_is_a_command_within_the_bounds_and_all_derivatives_are_finite(situation) -> None:
    arguments = inputs(situation)
    result = LAYER(*arguments)
    assert result.u_safe.isfinite().all()
    assert result.status[0] != LayerStatus.INFEASIBLE
    rows = LAYER.build_constraint_matrices(
        arguments[1], arguments[2], arguments[0], arguments[3], arguments[4]
    )
    margins = LAYER.compute_constraint_values(result.u_safe, rows)
    assert margins[0, -4:].min() >= -1e-9
    result.u_safe.sum().backward()
    leaves = [x for x in arguments if isinstance(x, torch.Tensor)]
    assert all(x.grad is None or x.grad.isfinite().all() for x in leaves)


@given(SITUATIONS)
def test_standing_satisfies_the_bounds_and_whatever_relaxed_rows_keep(situation) -> None:
    nominal, state, hazards, gain, last = inputs(situation)
    rows = LAYER.build_constraint_matrices(state, hazards, nominal, gain, last)
    assert (rows.hard >= 0.0).all()
    assert (rows.h[:, -4:] >= 0.0).all()
    assert (rows.hard >= rows.h).all()


@given(SITUATIONS, HAZARDS)
def test_neighbours_with_other_hazards_change_nothing(situation, others) -> None:
    alone = LAYER(*inputs(situation))
    both = [torch.cat((x, x)) for x in inputs(situation, ()) if isinstance(x, torch.Tensor)]
    together = LAYER(both[0], both[1], scenes_of([situation.hazards, others]), *both[2:])
    torch.testing.assert_close(together.u_safe[0], alone.u_safe[0], atol=1e-9, rtol=0.0)
    assert together.status[0] == alone.status[0]
    assert together.min_barrier[0] == alone.min_barrier[0]


@given(SITUATIONS)
def test_the_robot_has_the_same_rows(situation) -> None:
    x, y = situation.robot.x, situation.robot.y
    discs = (*situation.hazards.circles, *situation.hazards.peers)
    # at a disc's very centre the direction out of it hangs on the last bit
    if all(math.hypot(x - disc.x, y - disc.y) > 0.11 for disc in discs):
        result = verify_numpy_torch_consistency(CONFIG, situation)
        assert result.largest <= 1e-12, result.worst
