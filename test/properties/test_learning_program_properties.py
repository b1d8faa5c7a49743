"""What holds for the batched program whatever the rows are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from vcp_cbf_safety.learning.program import LayerStatus, solve  # noqa: E402

# Few decimals: duplicate, parallel, opposite and zero rows, ties and single points come often.
NUMBERS = st.integers(-20, 20).map(lambda i: i / 8.0)
BATCH, ROWS = 4, 6


@st.composite
def programs(draw):
    """G, h, u_nom and weights of a small batch."""
    shapes = ((BATCH, ROWS, 2), (BATCH, ROWS), (BATCH, 2))
    G, h, u_nom = (draw(arrays(np.float64, shape, elements=NUMBERS)) for shape in shapes)
    weights = draw(
        arrays(np.float64, (BATCH, 2), elements=st.sampled_from([0.1, 1.0, 2.0, 100.0, 150.0]))
    )
    return [torch.from_numpy(x) for x in (G, h, u_nom, weights)]


CLASSES = arrays(np.int64, (BATCH, ROWS), elements=st.integers(0, 2)).map(torch.from_numpy)


@given(programs(), CLASSES)
def test_an_answer_and_its_derivatives_are_always_finite(program, soft) -> None:
    leaves = [x.clone().requires_grad_() for x in program]
    solution = solve(*leaves, soft=soft)
    solution.u.sum().backward()
    assert solution.u.isfinite().all()
    assert all(x.grad.isfinite().all() for x in leaves)


@given(programs())
def test_the_status_says_whether_every_row_holds(program) -> None:
    solution = solve(*program)
    holds = solution.violation <= 1e-9
    assert torch.equal(holds, solution.status <= LayerStatus.FILTERED)


@given(programs())
def test_no_other_feasible_command_is_closer(program) -> None:
    G, h, u_nom, weights = program
    solution = solve(*program)
    feasible = solution.status <= LayerStatus.FILTERED
    tries = torch.randn(BATCH, 500, 2, dtype=torch.float64, generator=torch.manual_seed(0))
    tries = torch.cat((solution.u.unsqueeze(1) + 0.1 * tries, 3.0 * tries), 1)
    fits = ((tries @ G.transpose(1, 2)) <= h.unsqueeze(1)).all(2)
    cost = ((tries - u_nom.unsqueeze(1)) ** 2 * weights.unsqueeze(1)).sum(2)
    ours = ((solution.u - u_nom) ** 2 * weights).sum(1)
    closer = fits & (cost < ours.unsqueeze(1) * (1.0 - 1e-9) - 1e-9)
    assert not closer[feasible].any()
    # and none is feasible where the rows are said to contradict each other
    assert not fits[~feasible].any()


@given(programs())
def test_the_active_rows_hold_with_equality_and_explain_the_answer(program) -> None:
    G, h, u_nom, weights = program
    solution = solve(*program)
    for i in (solution.status <= LayerStatus.FILTERED).nonzero().squeeze(1).tolist():
        rows = [j for j in solution.active[i].tolist() if j >= 0]
        # stationarity: weights (u - u_nom) + G' lambda = 0 with lambda >= 0
        pull = (weights[i] * (u_nom[i] - solution.u[i])).numpy()
        if not rows:
            assert not pull.any()
            continue
        A = G[i][rows].numpy()
        np.testing.assert_allclose(A @ solution.u[i].numpy(), h[i][rows].numpy(), atol=1e-9)
        multipliers = np.linalg.lstsq(A.T, pull, rcond=None)[0]
        np.testing.assert_allclose(A.T @ multipliers, pull, atol=1e-7)


@given(programs(), CLASSES)
def test_firmer_rows_are_violated_no_more_than_without_the_softer_ones(program, soft) -> None:
    G, h, u_nom, weights = program
    whole = solve(G, h, u_nom, weights, soft=soft)
    firm = torch.where(soft == 2, 1e3, h)  # the softest rows taken out
    without = solve(G, firm, u_nom, weights, soft=soft)
    kept = soft < 2

    def worst(u):
        excess = (G * u.unsqueeze(1)).sum(2) - h
        return torch.where(kept, excess, -torch.inf).amax(1).clamp(min=0.0)

    assert (worst(whole.u) <= worst(without.u) + 1e-6).all()


@given(programs(), st.integers(0, BATCH - 1))
def test_a_member_s_answer_depends_on_itself_alone_to_the_bit(program, i) -> None:
    together = solve(*program)
    alone = solve(*(x[i : i + 1] for x in program))
    assert torch.equal(alone.u[0], together.u[i])
    assert torch.equal(alone.status[0], together.status[i])


@given(programs(), st.sampled_from([0.5, 2.0, 8.0]))
def test_the_units_of_a_row_and_of_the_cost_do_not_matter(program, factor) -> None:
    G, h, u_nom, weights = program
    before, scaled = solve(*program), solve(factor * G, factor * h, u_nom, factor * weights)
    settled = (before.status <= LayerStatus.FILTERED) & (scaled.status <= LayerStatus.FILTERED)
    assert torch.equal(
        before.status <= LayerStatus.FILTERED, scaled.status <= LayerStatus.FILTERED
    )
    torch.testing.assert_close(scaled.u[settled], before.u[settled], atol=1e-9, rtol=1e-9)
