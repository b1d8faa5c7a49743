"""Training sees what the robot sees: the same rows, and the same commands."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

import vcp_cbf_safety.qp.program as robot_program  # noqa: E402
from vcp_cbf_safety import (  # noqa: E402
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Peer,
    RobotState,
    Twist2D,
)
from vcp_cbf_safety.hazards.scene import scene_of  # noqa: E402
from vcp_cbf_safety.learning import check  # noqa: E402
from vcp_cbf_safety.learning.consistency import (  # noqa: E402
    compare,
    verify_numpy_torch_consistency,
)
from vcp_cbf_safety.learning.layer import DifferentiableVCPCBFQP, LayerStatus  # noqa: E402
from vcp_cbf_safety.learning.scenes import scenes_of  # noqa: E402
from vcp_cbf_safety.learning.situations import Situation, draw_situation  # noqa: E402
from vcp_cbf_safety.motion.prediction import unpredicted  # noqa: E402
from vcp_cbf_safety.qp.assembly import assemble, rules_of  # noqa: E402

CONFIG = check.CONFIG
TOLERANCE = 1e-12


def batch_of(situations: list[Situation]):
    """Nominal commands, states, hazards, no gain, last commands."""
    robots = [s.robot for s in situations]
    states = [(r.x, r.y, r.heading, r.speed, r.yaw_rate) for r in robots]
    return (
        tensor([(s.nominal.v, s.nominal.omega) for s in situations]),
        tensor(states),
        scenes_of([s.hazards for s in situations]),
        None,
        tensor([(s.last_command.v, s.last_command.omega) for s in situations]),
    )


def tensor(values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def drawn(count: int, seed: int) -> list[Situation]:
    rng = np.random.default_rng(seed)
    return [draw_situation(CONFIG, rng) for _ in range(count)]


@pytest.mark.parametrize(
    'situation',
    [
        Situation(  # between two posts, abeam but for rounding
            Twist2D(0.3, 0.0),
            RobotState(0.0, 0.0, 3e-5),
            Hazards(circles=[Circle(0.0, 0.27, 0.05), Circle(0.0, -0.27, 0.05)]),
            Twist2D(0.0, 0.0),
        ),
        Situation(
            Twist2D(-0.4, 0.3),
            RobotState(0.2, -0.1, -2.5, -0.2, 0.1),
            Hazards(
                Arena(-2.0, -2.0, 2.0, 2.0),
                [Circle(0.9, 0.0, 0.3, -0.3, 0.1), Circle(-0.6, -0.6, 0.2)],
                [Peer(0.0, 0.8, 1.0, 0.4, 0.2, 0.15, 0.5), Peer(0.5, 0.9, -1.0, 0.4, 0.2, 0.15)],
            ),
            Twist2D(-0.3, 0.0),
        ),
        Situation(Twist2D(0.0, 1.0), RobotState(0.0, 0.0, 0.0), Hazards(), Twist2D(0.0, 0.0)),
        Situation(
            Twist2D(0.01, 1.0),  # the control point between ahead and behind
            RobotState(0.0, 0.0, 0.0),
            Hazards(circles=[Circle(0.1, 0.0, 0.4)]),  # and inside a hazard
            Twist2D(0.2, 0.0),
        ),
    ],
    ids=['abeam', 'reversing among peers', 'no hazards', 'inside a hazard'],
)
def test_one_situation_has_the_same_rows_on_both_paths(situation: Situation) -> None:
    result = verify_numpy_torch_consistency(CONFIG, situation)
    assert result.largest <= TOLERANCE, result.worst
    count = 2 * len(scene_of(situation.hazards).names) + 4
    assert len(result.names) == len(result.differences) == count


def test_two_thousand_situations_have_the_same_rows_in_batches() -> None:
    layer = DifferentiableVCPCBFQP(CONFIG)
    for seed in range(8):
        situations = drawn(250, seed)
        u_nom, states, hazards, _, last = batch_of(situations)
        rows = layer.build_constraint_matrices(states, hazards, u_nom, None, last)
        for member, situation in enumerate(situations):
            result = compare(CONFIG, situation, rows, member)
            assert result.largest <= TOLERANCE, f'{result.worst}, member {member} of seed {seed}'


def test_the_commands_are_the_robot_s_relaxed_ones_included() -> None:
    situations = drawn(1500, 100)
    answer = DifferentiableVCPCBFQP(CONFIG)(*batch_of(situations))
    seen = set()
    for member, s in enumerate(situations):
        prediction = unpredicted(s.robot, s.hazards)
        program = assemble(
            CONFIG, rules_of(CONFIG), s.nominal, prediction, s.last_command, CONFIG.period
        ).program
        expected = robot_program.solve(program)
        status = LayerStatus(answer.status[member].item())
        seen.add(status)
        # where the robot relaxes, a linear program with a tolerance of 1e-7 decides by how much
        relaxed = expected.status == robot_program.Status.RELAXED
        assert (status == LayerStatus.RELAXED) == relaxed
        np.testing.assert_allclose(
            answer.u_safe[member].numpy(), expected.u, atol=1e-5 if relaxed else 1e-9
        )
    assert seen == {LayerStatus.NOMINAL, LayerStatus.FILTERED, LayerStatus.RELAXED}


def test_a_difference_is_found_and_named() -> None:
    situation = drawn(1, 3)[0]
    other = FilterConfig(**{**_parameters(), 'margin': 0.06})
    u_nom, states, hazards, _, last = batch_of([situation])
    rows = DifferentiableVCPCBFQP(other).build_constraint_matrices(
        states, hazards, u_nom, None, last
    )
    result = compare(CONFIG, situation, rows, 0)
    assert result.largest > 1e-4
    assert ' row of ' in result.worst


def _parameters() -> dict[str, float]:
    return {name: getattr(CONFIG, name) for name in FilterConfig.quantities()}


def test_float32_differs_by_its_rounding_only() -> None:
    for situation in drawn(50, 5):
        result = verify_numpy_torch_consistency(CONFIG, situation, torch.float32)
        assert result.largest < 1e-3


def test_the_command_line_prints_the_largest_difference(capsys) -> None:
    assert check.main(['--samples', '20', '--seed', '4']) == 0
    out = capsys.readouterr().out
    assert '20 situations' in out
    assert 'largest difference between numpy and torch' in out


def test_the_command_line_refuses_no_samples(capsys) -> None:
    with pytest.raises(SystemExit):
        check.main(['--samples', '0'])
    assert '--samples is 0' in capsys.readouterr().err
