"""The layer: rows from states and hazards, safe commands from rows, and the known traps."""

import dataclasses
import math

import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from vcp_cbf_safety import Circle, FilterConfig, Hazards, Peer  # noqa: E402
from vcp_cbf_safety.hazards.hazards import Walls  # noqa: E402
from vcp_cbf_safety.learning.crowd import ARENA, crowd  # noqa: E402
from vcp_cbf_safety.learning.layer import DifferentiableVCPCBFQP, LayerStatus  # noqa: E402
from vcp_cbf_safety.learning.program import solve  # noqa: E402
from vcp_cbf_safety.learning.scenes import Scenes, scenes, scenes_of  # noqa: E402

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.05,
    min_speed=-0.5,
    max_speed=1.0,
    max_yaw_rate=2.84,
)


def tensor(values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def layer(**changes) -> DifferentiableVCPCBFQP:
    return DifferentiableVCPCBFQP(dataclasses.replace(CONFIG, **changes))


def one(nominal, pose, hazards: Hazards, **options):
    """The layer's answer for one robot in the limits of its speeds."""
    return layer()(tensor([nominal]), tensor([pose]), scenes_of([hazards]), **options)


class TestValues:
    def test_free_space_leaves_the_nominal_command_bit_for_bit(self):
        result = one((0.4, -0.2), (0.0, 0.0, 0.3), Hazards(ARENA))
        assert result.u_safe.tolist() == [[0.4, -0.2]]
        assert result.status.tolist() == [LayerStatus.NOMINAL]
        assert result.violation.tolist() == [0.0]

    def test_no_hazards_leave_only_the_speed_limits(self):
        result = one((2.0, 1.0), (0.0, 0.0, 0.3), Hazards())
        assert result.u_safe[0].tolist() == pytest.approx([1.0, 1.0])
        assert result.status.tolist() == [LayerStatus.FILTERED]
        assert result.min_barrier.tolist() == [math.inf]

    def test_with_speeds_given_the_bounds_are_what_the_base_reaches(self):
        states = tensor([[0.0, 0.0, 0.0, 0.5, 0.0]])
        u_nom = tensor([[0.1, 0.0]])
        rows = layer().build_constraint_matrices(states, scenes_of([Hazards()]), u_nom)
        assert rows.h[0].tolist() == pytest.approx([0.55, 0.3, 0.0, 0.3])
        rows = layer().build_constraint_matrices(
            states, scenes_of([Hazards()]), u_nom, last_command=tensor([[0.7, 0.0]])
        )
        assert rows.h[0, 0].item() == pytest.approx(0.75)

    def test_margins_are_positive_exactly_where_rows_hold(self):
        u_nom, states, hazards = crowd(200)
        subject = layer()
        rows = subject.build_constraint_matrices(states, hazards, u_nom)
        result = subject(u_nom, states, hazards)
        margins = subject.compute_constraint_values(result.u_safe, rows)
        assert margins.shape == rows.h.shape
        violated = result.status == LayerStatus.RELAXED
        assert (margins[~violated] >= -1e-9).all()
        torch.testing.assert_close(result.violation, (-margins).amax(1).clamp(min=0.0))

    def test_margins_of_many_commands_are_those_of_each(self):
        u_nom, states, hazards = crowd(5)
        rows = layer().build_constraint_matrices(states, hazards, u_nom)
        many = torch.stack((u_nom, 2.0 * u_nom, -u_nom), 1)
        margins = layer().compute_constraint_values(many, rows)
        assert margins.shape == (5, 3, rows.h.shape[1])
        single = layer().compute_constraint_values(2.0 * u_nom, rows)
        torch.testing.assert_close(margins[:, 1], single)

    def test_a_gentler_gain_of_one_member_turns_that_member_earlier_and_no_other(self):
        hazards = scenes_of([Hazards(circles=[Circle(1.5, 0.2, 0.3)])] * 2)
        u_nom, states = tensor([[0.8, 0.0]] * 2), tensor([[0.0, 0.0, 0.0]] * 2)
        before = layer()(u_nom, states, hazards).u_safe
        after = layer()(u_nom, states, hazards, tensor([CONFIG.steering_gain, 0.3])).u_safe
        assert torch.equal(before[0], after[0])
        assert abs(after[1, 1]) > abs(before[1, 1])

    def test_gains_may_differ_from_hazard_to_hazard(self):
        u_nom, states, hazards = crowd(4, discs=2)
        gains = torch.full((4, 6), 0.5, dtype=torch.float64)
        gains[:, 0] = 2.0
        subject = layer()
        mixed = subject.build_constraint_matrices(states, hazards, u_nom, gains)
        gentle = subject.build_constraint_matrices(states, hazards, u_nom, gains[:, 1])
        assert torch.equal(mixed.h[:, 1:6], gentle.h[:, 1:6])
        assert (mixed.h[:, 0] >= gentle.h[:, 0]).all()
        assert torch.equal(mixed.h[:, 6:], gentle.h[:, 6:])

    def test_the_weights_are_the_configuration_s_unless_given(self):
        assert layer().weights.tolist() == [150.0, 1.0]
        assert layer(speed_weight=10.0).weights.tolist() == [10.0, 1.0]
        assert DifferentiableVCPCBFQP(CONFIG, weights=(5.0, 2.0)).weights.tolist() == [5.0, 2.0]

    def test_float32_agrees_with_float64_within_its_precision(self):
        subject = layer()
        exact = subject(*crowd(300))
        single = subject(*crowd(300, dtype=torch.float32))
        assert single.u_safe.dtype == torch.float32
        assert single.u_safe.isfinite().all()
        difference = (single.u_safe.double() - exact.u_safe).abs().amax(1)
        assert difference.quantile(0.95) < 1e-4

    def test_the_backend_qpth_gives_the_same_commands(self):
        pytest.importorskip('qpth', reason='the extra `learning` is not installed')
        exact, other = layer(), DifferentiableVCPCBFQP(CONFIG, backend='qpth')
        arguments = crowd(50)
        torch.testing.assert_close(
            other(*arguments).u_safe, exact(*arguments).u_safe, atol=1e-5, rtol=1e-5
        )
        assert other.replaced >= 0

    @pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA device here')
    def test_it_runs_on_cuda(self):
        u_nom, states, hazards = crowd(100)
        there = layer().to('cuda')(
            u_nom.cuda(), states.cuda(), Scenes(*(each.cuda() for each in hazards))
        )
        torch.testing.assert_close(there.u_safe.cpu(), layer()(u_nom, states, hazards).u_safe)


class TestTraps:
    def test_padding_is_a_row_that_is_not_zero_and_beyond_the_bounds(self):
        hazards = scenes_of([Hazards(ARENA, [Circle(1.0, 1.0, 0.2)]), Hazards()])
        rows = layer().build_constraint_matrices(
            torch.zeros(2, 3).double(), hazards, torch.zeros(2, 2).double()
        )
        assert rows.real[0].all()
        assert rows.real[1].tolist() == [False] * 10 + [True] * 4
        assert rows.G[1, :10].tolist() == [[1.0, 0.0]] * 10
        assert rows.h[1, :10].tolist() == [CONFIG.max_speed + 1.0] * 10
        assert rows.soft[1].tolist() == [0] * 14

    @pytest.mark.parametrize('garbage', [0.0, math.nan, 1e300])
    def test_masked_hazards_change_nothing(self, garbage: float):
        u_nom, states, hazards = crowd(100, discs=3)
        walls = Walls(hazards.wall_normals, hazards.wall_offsets)
        extra = torch.full((100, 4, 2), garbage, dtype=torch.float64)
        real = torch.tensor([[True] * 3 + [False] * 4] * 100)
        padded = scenes(
            torch.cat((hazards.centers, extra), 1),
            torch.cat((hazards.radii, extra[..., 0]), 1),
            velocities=torch.cat((hazards.velocities[:, :3], extra), 1),
            responsibility=torch.cat((hazards.responsibility[:, :3], extra[..., 0]), 1),
            real=real,
            walls=walls,
        )
        gains = [torch.full((100,), 0.8, dtype=torch.float64, requires_grad=True) for _ in '12']
        before = layer()(u_nom, states, hazards, gains[0])
        after = layer()(u_nom, states, padded, gains[1])
        torch.testing.assert_close(after.u_safe, before.u_safe, atol=1e-12, rtol=0.0)
        assert torch.equal(after.status, before.status)
        assert torch.equal(after.min_barrier, before.min_barrier)
        before.u_safe.sum().backward()
        after.u_safe.sum().backward()
        torch.testing.assert_close(gains[1].grad, gains[0].grad, atol=1e-10, rtol=0.0)

    def test_a_member_that_cannot_satisfy_its_rows_changes_no_other_by_a_bit(self):
        u_nom, states, hazards = crowd(60)
        subject = layer()
        fine = subject(u_nom, states, hazards)
        # a fast disc that touches the robot and comes on
        hazards.centers[7, 0] = states[7, :2] + tensor([0.4, 0.0])
        hazards.velocities[7, 0] = tensor([-3.0, 0.0])
        hazards.responsibility[7, 0] = 1.0
        states[7, 2:] = tensor([0.0, 0.5, 0.0])
        result = subject(u_nom, states, hazards)
        assert result.status[7] == LayerStatus.RELAXED
        assert result.violation[7] > 0.1
        others = torch.arange(60) != 7
        assert torch.equal(result.u_safe[others], fine.u_safe[others])
        assert torch.equal(result.active[others], fine.active[others])

    def test_where_opened_rows_let_the_nominal_command_through_it_is_the_answer(self):
        # v >= 0 and v <= -0.02 contradict each other; opened by the least and a millimetre per
        # second, both hold at the nominal command
        G, h = tensor([[[1.0, 0.0], [-1.0, 0.0]]]), tensor([[-0.02, 0.0]])
        u_nom, soft = tensor([[0.0, -2.0]]), torch.tensor([1, 0])
        for backend in ('exact', 'qpth'):
            pytest.importorskip('qpth', reason='the extra `learning` is not installed')
            answer = solve(G, h, u_nom, tensor([150.0, 1.0]), soft, backend)
            assert answer.status.tolist() == [LayerStatus.RELAXED]
            torch.testing.assert_close(answer.u, u_nom, atol=1e-6, rtol=0.0)

    def test_head_on_the_row_has_no_yaw_rate_and_the_robot_slows_down(self):
        result = one((1.0, 0.0), (0.0, 0.0, 0.0), Hazards(circles=[Circle(0.7, 0.0, 0.2)]))
        assert result.status.tolist() == [LayerStatus.FILTERED]
        assert result.u_safe[0, 1] == 0.0
        assert 0.0 <= result.u_safe[0, 0] < 0.3

    @pytest.mark.parametrize('distance', [0.0, 1e-9, 0.1])
    def test_inside_a_hazard_the_robot_may_stand_or_leave(self, distance: float):
        states = tensor([[0.0, 0.0, 0.0]]).requires_grad_()
        u_nom = tensor([[0.5, 0.3]]).requires_grad_()
        hazards = scenes_of([Hazards(circles=[Circle(distance, 0.0, 0.5)])])
        result = layer()(u_nom, states, hazards)
        assert result.min_barrier[0] < 0.0
        assert result.status[0] <= LayerStatus.FILTERED
        (result.u_safe.sum() + result.min_barrier.sum()).backward()
        assert states.grad.isfinite().all()
        assert u_nom.grad.isfinite().all()

    def test_a_heading_and_the_same_heading_a_turn_further_give_the_same_command(self):
        hazards = Hazards(ARENA, [Circle(0.8, -0.9, 0.3)])
        plain = one((0.6, 0.2), (0.1, -0.2, -0.8), hazards)
        turned = one((0.6, 0.2), (0.1, -0.2, -0.8 + 2.0 * math.pi), hazards)
        assert plain.status.tolist() == [LayerStatus.FILTERED]
        torch.testing.assert_close(plain.u_safe, turned.u_safe, atol=1e-9, rtol=0.0)

    def test_two_hundred_hazards_are_no_limit(self):
        u_nom, states, hazards = crowd(8, discs=200)
        states.requires_grad_()
        result = layer()(u_nom, states, hazards)
        assert result.u_safe.isfinite().all()
        assert (result.status < LayerStatus.INFEASIBLE).all()
        result.u_safe.sum().backward()
        assert states.grad.isfinite().all()

    def test_there_always_is_an_answer_under_what_relaxed_rows_keep(self):
        u_nom, states, hazards = crowd(1000, discs=12, seed=5)
        result = layer()(u_nom, states, hazards)
        assert {LayerStatus.NOMINAL, LayerStatus.FILTERED, LayerStatus.RELAXED} == set(
            result.status.tolist()
        )

    def test_an_empty_batch_has_an_empty_answer(self):
        result = layer()(*crowd(0))
        assert result.u_safe.shape == (0, 2)


def test_peers_and_moving_circles_give_way_last():
    hazards = scenes_of(
        [
            Hazards(
                ARENA,
                [Circle(1.0, 0.0, 0.1), Circle(0.0, 1.0, 0.1, 0.2, 0.0)],
                [Peer(2.0, 0.0, 0.0, 0.0, 0.0, 0.1)],
            )
        ]
    )
    rows = layer().build_constraint_matrices(
        torch.zeros(1, 3).double(), hazards, torch.zeros(1, 2).double()
    )
    steering, body, bounds = rows.soft[0].split((7, 7, 4))
    assert steering.tolist() == [3] * 7
    assert body.tolist() == [2, 1, 1, 2, 2, 2, 2]
    assert bounds.tolist() == [0] * 4
