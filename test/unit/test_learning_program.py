"""The batched, differentiable program: values, derivatives, relaxation, refusals."""

import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from batched_programs import ARGUMENTS, WEIGHTS, box, drawn, tensor  # noqa: E402

import vcp_cbf_safety.qp.program as robot  # noqa: E402
from vcp_cbf_safety.learning import specimens  # noqa: E402
from vcp_cbf_safety.learning.program import LayerStatus, solve  # noqa: E402


class TestValues:
    def test_a_nominal_command_that_satisfies_every_row_comes_back_bit_for_bit(self):
        u_nom = tensor([[0.1, -0.3]])
        solution = solve(*box(), u_nom, WEIGHTS)
        assert torch.equal(solution.u, u_nom)
        assert solution.status.tolist() == [LayerStatus.NOMINAL]
        assert solution.active.tolist() == [[-1, -1]]
        assert solution.violation.tolist() == [0.0]

    def test_one_violated_row_is_met_at_the_foot_of_the_perpendicular(self):
        solution = solve(*box(), tensor([[2.0, 0.5]]), WEIGHTS)
        assert solution.u[0].tolist() == pytest.approx([1.0, 0.5])
        assert solution.status.tolist() == [LayerStatus.FILTERED]
        assert solution.active.tolist() == [[0, -1]]

    def test_two_violated_rows_are_met_at_their_corner(self):
        solution = solve(*box(), tensor([[2.0, -5.0]]), WEIGHTS)
        assert solution.u[0].tolist() == pytest.approx([1.0, -1.0])
        assert sorted(solution.active[0].tolist()) == [0, 3]

    def test_the_weights_decide_between_braking_and_steering(self):
        G, h = tensor([[[1.0, 0.1]]]), tensor([[0.0]])
        u = solve(G, h, tensor([[0.5, 0.0]]), WEIGHTS).u[0]
        # the minimiser moves along G / weights
        step = 0.5 / (1.0 / 150.0 + 0.01)
        assert u.tolist() == pytest.approx([0.5 - step / 150.0, -0.1 * step])

    @pytest.mark.parametrize('kind', specimens.KINDS)
    @pytest.mark.parametrize('m', [4, 11, 20, 40])
    def test_answers_and_refusals_are_those_of_daqp(self, kind: str, m: int):
        programs = specimens.draw(kind, 400, m, np.random.default_rng(m))
        answers = specimens.daqp_answers(programs)
        solution = solve(*map(torch.from_numpy, programs))
        feasible = solution.status.numpy() <= LayerStatus.FILTERED
        np.testing.assert_array_equal(feasible, np.isfinite(answers[:, 0]))
        np.testing.assert_allclose(solution.u.numpy()[feasible], answers[feasible], atol=1e-9)
        assert solution.violation.numpy()[feasible].max(initial=0.0) <= 1e-9
        assert solution.u.isfinite().all()

    def test_float32_agrees_with_float64_within_its_precision(self):
        programs = drawn(count=1000)
        single = solve(*(x.float() for x in programs))
        assert single.u.dtype == torch.float32
        assert single.violation.max() < 1e-5
        difference = (single.u.double() - solve(*programs).u).abs().amax(1)
        assert difference.quantile(0.99) < 1e-5

    def test_shared_weights_are_weights_of_every_member(self):
        G, h, u_nom, _ = drawn(count=20)
        shared = solve(G, h, u_nom, WEIGHTS).u
        assert torch.equal(shared, solve(G, h, u_nom, WEIGHTS.expand(20, 2)).u)

    @pytest.mark.parametrize(('size', 'm'), [(0, 5), (3, 0), (0, 0)])
    def test_an_empty_batch_or_no_rows_leave_the_nominal_command(self, size: int, m: int):
        u_nom = torch.ones(size, 2, dtype=torch.float64, requires_grad=True)
        solution = solve(u_nom.new_zeros(size, m, 2), u_nom.new_zeros(size, m), u_nom, WEIGHTS)
        assert torch.equal(solution.u, u_nom)
        assert solution.active.shape == (size, 2)
        solution.u.sum().backward()
        assert torch.equal(u_nom.grad, torch.ones_like(u_nom))

    def test_four_hundred_rows_are_no_limit(self):
        programs = specimens.draw('ordinary', 20, 400, np.random.default_rng(0))
        solution = solve(*map(torch.from_numpy, programs))
        np.testing.assert_allclose(solution.u.numpy(), specimens.daqp_answers(programs), atol=1e-9)


class TestTraps:
    def test_a_row_of_zeros_holds_when_its_right_side_is_not_negative(self):
        G, h = tensor([[[0.0, 0.0], [1.0, 0.0]]]), tensor([[0.0, 0.5]])
        solution = solve(G, h, tensor([[1.0, 0.2]]), WEIGHTS)
        assert solution.u[0].tolist() == pytest.approx([0.5, 0.2])
        assert solution.status.tolist() == [LayerStatus.FILTERED]

    def test_a_row_of_zeros_with_a_negative_right_side_is_infeasible_by_itself(self):
        G, h = tensor([[[0.0, 0.0], [1.0, 0.0]]]), tensor([[-0.25, 0.5]])
        solution = solve(G, h, tensor([[1.0, 0.2]]), WEIGHTS, soft=torch.tensor([True, False]))
        assert solution.status.tolist() == [LayerStatus.RELAXED]
        assert solution.u[0].tolist() == pytest.approx([0.5, 0.2])
        assert solution.violation.tolist() == pytest.approx([0.25])

    def test_only_rows_of_zeros_leave_the_nominal_command(self):
        zero = tensor([[[0.0, 0.0]] * 3])
        assert solve(
            zero, tensor([[1.0, 0.0, 1e6]]), tensor([[1.0, 2.0]]), WEIGHTS
        ).u.tolist() == [[1.0, 2.0]]
        broken = solve(zero, tensor([[1.0, -1.0, 1.0]]), tensor([[1.0, 2.0]]), WEIGHTS)
        assert broken.status.tolist() == [LayerStatus.INFEASIBLE]
        assert broken.u.isfinite().all()

    def test_opposite_rows_with_one_line_between_them_are_feasible(self):
        G, h = tensor([[[0.3, 0.1], [-0.6, -0.2]]]), tensor([[0.3, -0.6]])
        solution = solve(G, h, tensor([[2.0, 0.0]]), WEIGHTS)
        assert solution.status.tolist() == [LayerStatus.FILTERED]
        assert solution.violation.item() <= 1e-9

    @pytest.mark.parametrize('backend', ['exact', 'qpth'])
    def test_an_infeasible_member_changes_no_other_by_a_bit(self, backend: str):
        if backend == 'qpth':
            pytest.importorskip('qpth', reason='the extra `learning` is not installed')
        programs = drawn(count=64)
        before = solve(*programs)
        programs[1] = programs[1].clone()
        programs[1][[3, 40]] -= 50.0
        after = solve(*programs, soft=torch.arange(11) > 4, backend=backend)
        others = [i for i in range(64) if i not in (3, 40)]
        assert (after.status[[3, 40]] >= LayerStatus.RELAXED).all()
        if backend == 'exact':
            assert torch.equal(before.u[others], after.u[others])
            assert torch.equal(before.active[others], after.active[others])
        torch.testing.assert_close(before.u[others], after.u[others], atol=1e-6, rtol=0.0)

    def test_a_relaxed_member_does_not_depend_on_the_other_relaxed_ones_by_a_bit(self):
        programs = drawn('mostly contradictory', count=64)
        soft = torch.randint(0, 3, (64, 11), generator=torch.Generator().manual_seed(0))
        together = solve(*programs, soft=soft)
        assert (together.status == LayerStatus.RELAXED).sum() > 10
        for i in range(64):
            alone = solve(*(x[i : i + 1] for x in programs), soft=soft[i : i + 1])
            assert torch.equal(alone.u[0], together.u[i])
            assert alone.status[0] == together.status[i]


class TestRelaxation:
    """Rows that contradict each other give way as they do on the robot."""

    @pytest.mark.parametrize('limited', [False, True])
    def test_the_same_rows_give_way_by_the_same_amount_as_on_the_robot(self, limited: bool):
        rng = np.random.default_rng(int(limited))
        seen = []
        for _ in range(100):
            m = int(rng.integers(3, 14))
            G, h, u_nom, weights = (
                x[0] for x in specimens.draw('mostly contradictory', 1, m, rng)
            )
            level, bound = rng.integers(0, 3, m), rng.uniform(0.5, 2.0, 2)
            hard = np.full(m, np.inf)
            if limited:
                hard = np.where(rng.random(m) < 0.4, h + rng.uniform(0.0, 2.0, m), np.inf)
            theirs = robot.solve(robot.Program(G, h, hard, level, -bound, bound, u_nom, weights))
            G = np.vstack([G, np.eye(2), -np.eye(2)])
            sides = np.concatenate([bound, bound])
            ours = solve(
                *(torch.from_numpy(x)[None] for x in (G, np.concatenate([h, sides]), u_nom)),
                torch.from_numpy(weights),
                soft=torch.from_numpy(np.concatenate([3 - level, np.zeros(4, dtype=int)])),
                hard=torch.from_numpy(np.concatenate([hard, sides])),
            )
            expected = {'unsolved': 'infeasible', 'optimal': 'filtered'}
            name = expected.get(theirs.status.value, theirs.status.value)
            assert LayerStatus(int(ours.status[0])).name.lower() == name
            seen.append(name)
            if name != 'infeasible':
                # the robot's linear program stops at gains below 1e-7
                np.testing.assert_allclose(ours.u[0].numpy(), theirs.u, atol=1e-4)
                assert ours.violation.item() == pytest.approx(theirs.residual, abs=1e-4)
        assert seen.count('relaxed') > 50

    def test_the_violation_is_the_least_that_a_linear_program_finds(self):
        linprog = pytest.importorskip('scipy.optimize', reason='scipy is not installed').linprog
        programs = specimens.draw('mostly contradictory', 100, 11, np.random.default_rng(5))
        solution = solve(*map(torch.from_numpy, programs))
        for G, h, violation in zip(*programs[:2], solution.violation.tolist(), strict=True):
            least = linprog(
                [0.0, 0.0, 1.0],
                A_ub=np.column_stack([G, -np.ones(11)]),
                b_ub=h,
                bounds=[(None, None), (None, None), (0.0, None)],
            )
            assert violation == pytest.approx(least.fun, abs=1e-8)

    def test_without_soft_rows_the_violation_is_shared_and_the_member_is_flagged(self):
        G, h = tensor([[[1.0, 0.0], [-1.0, 0.0]]]), tensor([[-1.0, -2.0]])
        solution = solve(G, h, tensor([[0.0, 0.7]]), WEIGHTS)
        assert solution.status.tolist() == [LayerStatus.INFEASIBLE]
        assert solution.u[0].tolist() == pytest.approx([0.5, 0.7])
        assert solution.violation.item() == pytest.approx(1.5)

    def test_the_highest_class_gives_way_first(self):
        G, h = tensor([[[1.0, 0.0], [-1.0, 0.0]]]), tensor([[-1.0, -2.0]])
        for soft, v in (([1, 2], -1.0), ([2, 1], 2.0), ([0, 1], -1.0)):
            solution = solve(G, h, tensor([[0.0, 0.0]]), WEIGHTS, soft=torch.tensor(soft))
            assert solution.u[0, 0].item() == pytest.approx(v, abs=1e-7)
            assert solution.status.tolist() == [LayerStatus.RELAXED]

    def test_a_row_gives_way_no_further_than_its_hard_side(self):
        G, h = tensor([[[1.0, 0.0], [-1.0, 0.0]]]), tensor([[-1.0, -2.0]])
        hard = tensor([[-1.0 + 0.25, torch.inf]])
        solution = solve(G, h, tensor([[0.0, 0.0]]), WEIGHTS, soft=torch.tensor([2, 1]), hard=hard)
        assert solution.u[0, 0].item() == pytest.approx(-0.75)

    def test_the_derivative_of_a_relaxed_answer_is_finite(self):
        programs = [x.requires_grad_() for x in drawn('mostly contradictory', count=300)]
        solution = solve(*programs, soft=torch.arange(11) % 3)
        solution.u.sum().backward()
        assert (solution.status == LayerStatus.RELAXED).any()
        assert all(x.grad.isfinite().all() for x in programs)


class TestRefusals:
    @pytest.mark.parametrize('name', ARGUMENTS)
    @pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
    @pytest.mark.parametrize('backend', ['exact', 'qpth'])
    def test_a_number_that_is_not_finite_is_refused_by_name(self, name, value, backend):
        if backend == 'qpth':
            pytest.importorskip('qpth', reason='the extra `learning` is not installed')
        arguments = dict(zip(ARGUMENTS, drawn(count=5), strict=True))
        arguments[name].view(-1)[1] = value
        with pytest.raises(ValueError, match=rf'^{name}\['):
            solve(**arguments, backend=backend)

    @pytest.mark.parametrize('value', [0.0, -1.0])
    def test_a_weight_that_is_not_positive_is_refused(self, value: float):
        G, h, u_nom, _ = drawn(count=5)
        with pytest.raises(ValueError, match='a weight must be positive'):
            solve(G, h, u_nom, tensor([value, 1.0]))

    @pytest.mark.parametrize(
        ('name', 'replacement'),
        [
            ('G', torch.zeros(5, 11, 3, dtype=torch.float64)),
            ('G', torch.zeros(5, 11, 2)),
            ('h', torch.zeros(11, dtype=torch.float64)),
            ('h', torch.zeros(5, 11, dtype=torch.int64)),
            ('u_nom', torch.zeros(2, dtype=torch.float64)),
            ('weights', torch.ones(3, dtype=torch.float64)),
            ('soft', torch.ones(5, dtype=torch.bool)),
            ('soft', torch.ones(11)),
            ('soft', -torch.ones(11, dtype=torch.int64)),
            ('hard', torch.zeros(3, dtype=torch.float64)),
            ('hard', torch.full((11,), -1e9, dtype=torch.float64)),
        ],
    )
    def test_a_wrong_shape_type_or_value_is_refused_by_name(self, name, replacement):
        arguments = dict(zip(ARGUMENTS, drawn(count=5), strict=True))
        arguments[name] = replacement
        with pytest.raises(ValueError, match=f'^{name} '):
            solve(**arguments)

    def test_an_unknown_backend_is_refused(self):
        with pytest.raises(ValueError, match='backend'):
            solve(*drawn(count=2), backend='magic')


def test_cuda_gives_the_same_answers():
    if not torch.cuda.is_available():
        pytest.skip('no CUDA device here')
    programs = drawn(count=500)
    on_device = solve(*(x.cuda() for x in programs))
    torch.testing.assert_close(on_device.u.cpu(), solve(*programs).u, atol=1e-9, rtol=0.0)


def test_importing_the_package_does_not_import_torch():
    script = 'import sys, vcp_cbf_safety, vcp_cbf_safety.learning; print("torch" in sys.modules)'
    result = subprocess.run(
        [sys.executable, '-c', script], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.strip() == 'False'
