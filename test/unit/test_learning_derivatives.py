"""The batched, differentiable program: derivatives, and the backend qpth."""

import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from batched_programs import ARGUMENTS, WEIGHTS, box, drawn, tensor  # noqa: E402

from vcp_cbf_safety.learning import specimens  # noqa: E402
from vcp_cbf_safety.learning.program import BatchSolution, solve  # noqa: E402


class TestDerivatives:
    @pytest.mark.parametrize('name', ARGUMENTS)
    @pytest.mark.parametrize('m', [3, 11])
    def test_they_match_central_differences_for_no_one_and_two_active_rows(self, name, m):
        programs = drawn(count=150, m=m, seed=m)
        leaves = [x.clone().requires_grad_() for x in programs]
        direction = torch.randn(150, 2, dtype=torch.float64, generator=torch.manual_seed(0))
        solution = solve(*leaves)
        (solution.u * direction).sum().backward()
        count = (solution.active >= 0).sum(1)
        place = ARGUMENTS.index(name)
        gradient = leaves[place].grad.reshape(150, -1)
        checked = set()
        for entry in range(gradient.shape[1]):
            sides = [self.moved(programs, place, entry, step) for step in (1e-6, -1e-6)]
            same = (sides[0].active.sort(1)[0] == sides[1].active.sort(1)[0]).all(1)
            slope = ((sides[0].u - sides[1].u) * direction).sum(1) / 2e-6
            torch.testing.assert_close(slope[same], gradient[:, entry][same], atol=1e-6, rtol=1e-6)
            checked |= set(count[same].tolist())
        assert checked == {0, 1, 2}

    @staticmethod
    def moved(programs, place: int, entry: int, step: float) -> BatchSolution:
        programs = [x.clone() for x in programs]
        programs[place].reshape(len(programs[place]), -1)[:, entry] += step
        return solve(*programs)

    def test_shared_weights_collect_the_derivatives_of_every_member(self):
        G, h, u_nom, _ = drawn(count=30)
        shared = WEIGHTS.clone().requires_grad_()
        single = WEIGHTS.expand(30, 2).clone().requires_grad_()
        solve(G, h, u_nom, shared).u.sum().backward()
        solve(G, h, u_nom, single).u.sum().backward()
        torch.testing.assert_close(shared.grad, single.grad.sum(0))

    @pytest.mark.parametrize('u_nom', [[1.0, 1.0], [1.0, 0.0], [2.0, 1.0], [0.0, 0.0]])
    def test_they_are_finite_at_ties(self, u_nom):
        # on a corner, on an edge, on a corner's normal, and with each row given twice
        G, h = box()
        leaves = [torch.cat((G, G), 1), torch.cat((h, h), 1), tensor([u_nom]), WEIGHTS.clone()]
        leaves = [x.requires_grad_() for x in leaves]
        solve(*leaves).u.sum().backward()
        assert all(x.grad.isfinite().all() for x in leaves)

    @pytest.mark.parametrize('kind', specimens.KINDS)
    @pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
    def test_they_are_always_finite(self, kind: str, dtype):
        leaves = [x.to(dtype).requires_grad_() for x in drawn(kind, count=500)]
        solve(*leaves).u.sum().backward()
        assert all(x.grad.isfinite().all() for x in leaves)

    def test_only_what_asks_for_a_derivative_gets_one(self):
        G, h, u_nom, weights = drawn(count=10)
        u_nom.requires_grad_()
        solution = solve(G, h, u_nom, weights)
        assert solution.u.requires_grad
        assert not solution.violation.requires_grad
        solution.u.sum().backward()
        assert G.grad is None
        with torch.no_grad():
            assert not solve(G, h, u_nom, weights).u.requires_grad

    def test_an_answer_computed_without_gradients_can_be_used_with_them(self):
        G, h, u_nom, weights = drawn(count=10)
        solution = solve(G, h, u_nom, weights)
        scale = torch.ones(10, 1, dtype=torch.float64, requires_grad=True)
        (scale * solution.u * solution.violation[:, None]).sum().backward()
        assert scale.grad.isfinite().all()


class TestQpth:
    @pytest.fixture(autouse=True)
    def _needs_qpth(self):
        pytest.importorskip('qpth', reason='the extra `learning` is not installed')

    @pytest.mark.parametrize('kind', specimens.KINDS)
    def test_its_checked_answers_and_derivatives_are_the_exact_ones(self, kind: str):
        programs = drawn(kind, count=100)
        grads, answers = [], []
        for backend in ('exact', 'qpth'):
            leaves = [x.clone().requires_grad_() for x in programs]
            solution = solve(*leaves, soft=torch.arange(11) > 4, backend=backend)
            solution.u.sum().backward()
            answers.append(solution)
            grads.append([x.grad for x in leaves])
        torch.testing.assert_close(answers[1].u, answers[0].u, atol=3e-6, rtol=3e-6)
        assert torch.equal(answers[1].status, answers[0].status)
        assert all(g.isfinite().all() for g in grads[1])
        if kind == 'ordinary':
            for ours, theirs in zip(*grads, strict=True):
                torch.testing.assert_close(theirs, ours, atol=1e-4, rtol=1e-4)

    def test_rows_of_zeros_do_not_upset_it(self):
        programs = drawn('rows of zeros', count=200)
        assert solve(*programs, backend='qpth').replaced < 40

    def test_wrong_answers_are_counted_and_replaced(self):
        programs = drawn('one feasible point', count=50)
        solution = solve(*programs, backend='qpth')
        exact = solve(*programs)
        assert exact.replaced == 0
        torch.testing.assert_close(solution.u, exact.u, atol=3e-6, rtol=3e-6)

    def test_float32_comes_back_as_float32(self):
        solution = solve(*(x.float() for x in drawn(count=20)), backend='qpth')
        assert solution.u.dtype == torch.float32
